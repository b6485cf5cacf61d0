-- Takes entries of the journal before the built-in database (src/store/journal) into the logs. Entries that are there
-- already are passed over, so that a batch may come again after a crash; one that would leave a hole is refused.
CREATE FUNCTION take_journal(
  layer_ids text[],
  epochs integer[],
  sequences bigint[],
  updates bytea[],
  user_ids text[],
  -- Of each update an array in text: arrays of arrays would have to be equally long.
  client_ids text[],
  -- ms since 1970
  times bigint[],
  claims json
) RETURNS void
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  hole text;
BEGIN
  WITH entries AS (
    SELECT * FROM unnest(
      take_journal.layer_ids, take_journal.epochs, take_journal.sequences, take_journal.updates,
      take_journal.user_ids, take_journal.client_ids, take_journal.times
    ) AS e (layer_id, epoch, sequence, bytes, user_id, client_ids, at)
  ),
  fresh AS (
    SELECT e.*, coalesce(head.sequence, 0) AS head
    FROM entries e LEFT JOIN document_head head USING (layer_id, epoch)
    WHERE e.sequence > coalesce(head.sequence, 0)
  ),
  heads AS (
    INSERT INTO document_head (layer_id, epoch, sequence)
    SELECT layer_id, epoch, max(sequence) FROM fresh GROUP BY layer_id, epoch
    ON CONFLICT (layer_id, epoch) DO UPDATE SET sequence = excluded.sequence
  ),
  written AS (
    INSERT INTO document_updates (layer_id, epoch, sequence, bytes, user_id, client_ids, created_at, hash)
    SELECT layer_id, epoch, sequence, bytes, user_id, client_ids::bigint[], to_timestamp(at / 1000.0),
      substring(sha256(bytes) FROM 1 FOR 16)
    FROM fresh
  ),
  claimed AS (
    INSERT INTO client_owner (layer_id, epoch, client_id, user_id)
    SELECT layer_id, epoch, client_id, user_id
    FROM json_to_recordset(take_journal.claims)
      AS c (layer_id text, epoch integer, client_id bigint, user_id text)
    ON CONFLICT DO NOTHING
  )
  SELECT layer_id || ' after ' || head INTO hole FROM fresh
  GROUP BY layer_id, epoch, head HAVING max(sequence) <> head + count(*) LIMIT 1;
  IF hole IS NOT NULL THEN
    RAISE EXCEPTION 'the journal leaves a hole in the log of %', hole;
  END IF;
END
$$;
