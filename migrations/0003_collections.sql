-- Series and plates with their members, what is known of an image without opening it, its small picture.

ALTER TABLE image ADD COLUMN kind text NOT NULL DEFAULT 'image';
ALTER TABLE image ADD COLUMN collection_id text REFERENCES image (id);
ALTER TABLE image ADD COLUMN path text NOT NULL DEFAULT '';
ALTER TABLE image ADD COLUMN summary jsonb;
CREATE UNIQUE INDEX image_member ON image (collection_id, path)
  WHERE collection_id IS NOT NULL AND deleted_at IS NULL;

CREATE TABLE image_preview (
  image_id text PRIMARY KEY REFERENCES image (id),
  bytes bytea NOT NULL,
  version integer NOT NULL DEFAULT 1
);
