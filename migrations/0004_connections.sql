-- Images that the server fetches for the page, and the credentials of servers that want some.

ALTER TABLE image ADD COLUMN via text NOT NULL DEFAULT 'direct' CHECK (via IN ('direct', 'server'));

CREATE TABLE connection (
  id text PRIMARY KEY,
  workspace_id text NOT NULL REFERENCES workspace (id),
  name text NOT NULL,
  prefix text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('headers', 's3')),
  details jsonb NOT NULL,
  sealed bytea NOT NULL,
  created_by text REFERENCES app_user (id),
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (workspace_id, prefix)
);
