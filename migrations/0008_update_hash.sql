-- What was written, so that `verify` sees whether it still is that: the first 16 bytes of the SHA-256 of `bytes`. NULL in
-- rows that were written before; those are told as unchecked.
ALTER TABLE document_updates ADD COLUMN hash bytea;

CREATE OR REPLACE FUNCTION append_updates(
  layer_ids text[],
  epochs integer[],
  updates bytea[],
  user_ids text[],
  -- Of each update an array in text: arrays of arrays would have to be equally long.
  client_ids text[],
  claims json,
  term text
) RETURNS TABLE (i integer, sequence bigint)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
  IF append_updates.term IS NOT NULL THEN
    PERFORM FROM setting
      WHERE key = 'writer-term' AND value = to_jsonb(append_updates.term) FOR SHARE;
    IF NOT FOUND THEN
      RETURN;
    END IF;
  END IF;
  RETURN QUERY
  WITH entries AS (
    SELECT * FROM unnest(
      append_updates.layer_ids, append_updates.epochs, append_updates.updates, append_updates.user_ids,
      append_updates.client_ids
    ) WITH ORDINALITY AS e (layer_id, epoch, bytes, user_id, client_ids, i)
  ),
  live AS MATERIALIZED (
    SELECT layer.id, layer.epoch FROM layer
    WHERE layer.id = ANY (append_updates.layer_ids) AND layer.deleted_at IS NULL
    FOR SHARE
  ),
  fresh AS (
    SELECT e.*, row_number() OVER (PARTITION BY e.layer_id ORDER BY e.i) AS n,
      count(*) OVER (PARTITION BY e.layer_id) AS total
    FROM entries e JOIN live ON live.id = e.layer_id AND live.epoch = e.epoch
  ),
  heads AS (
    INSERT INTO document_head AS head (layer_id, epoch, sequence)
    SELECT layer_id, epoch, count(*) FROM fresh GROUP BY layer_id, epoch ORDER BY layer_id
    ON CONFLICT (layer_id, epoch) DO UPDATE SET sequence = head.sequence + excluded.sequence
    RETURNING head.layer_id, head.epoch, head.sequence
  ),
  numbered AS (
    SELECT f.*, h.sequence - f.total + f.n AS sequence FROM fresh f JOIN heads h USING (layer_id, epoch)
  ),
  written AS (
    INSERT INTO document_updates (layer_id, epoch, sequence, bytes, user_id, client_ids, hash)
    SELECT layer_id, epoch, sequence, bytes, user_id, client_ids::bigint[], substring(sha256(bytes) FROM 1 FOR 16)
    FROM numbered
  ),
  claimed AS (
    INSERT INTO client_owner (layer_id, epoch, client_id, user_id)
    SELECT c.layer_id, c.epoch, c.client_id, c.user_id
    FROM json_to_recordset(append_updates.claims)
      AS c (layer_id text, epoch integer, client_id bigint, user_id text)
    JOIN heads USING (layer_id, epoch)
    ON CONFLICT DO NOTHING
  )
  -- Ordinality counts from 1.
  SELECT (numbered.i - 1)::integer, numbered.sequence::bigint FROM numbered;
END
$$;
