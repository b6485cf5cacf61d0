-- Rows, live documents, sessions.

CREATE TABLE workspace (
  id text PRIMARY KEY,
  name text NOT NULL,
  revision integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE app_user (
  id text PRIMARY KEY,
  name text NOT NULL,
  color text NOT NULL,
  guest boolean NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE member (
  workspace_id text NOT NULL REFERENCES workspace (id),
  user_id text NOT NULL REFERENCES app_user (id),
  role text NOT NULL CHECK (role IN ('owner', 'editor', 'annotator', 'viewer')),
  PRIMARY KEY (workspace_id, user_id)
);

CREATE TABLE session (
  id text PRIMARY KEY,
  user_id text NOT NULL REFERENCES app_user (id),
  expires_at timestamptz NOT NULL
);
CREATE INDEX session_by_user ON session (user_id);

CREATE TABLE project (
  id text PRIMARY KEY,
  workspace_id text NOT NULL REFERENCES workspace (id),
  name text NOT NULL,
  revision integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE image (
  id text PRIMARY KEY,
  project_id text NOT NULL REFERENCES project (id),
  name text NOT NULL,
  url text NOT NULL,
  source text NOT NULL CHECK (source IN ('remote', 'local', 'demo')),
  folder text,
  created_by text REFERENCES app_user (id),
  created_at timestamptz NOT NULL DEFAULT now(),
  revision integer NOT NULL DEFAULT 1,
  deleted_at timestamptz
);
CREATE INDEX image_project ON image (project_id);

CREATE TABLE layer (
  id text PRIMARY KEY,
  image_id text NOT NULL REFERENCES image (id),
  name text NOT NULL,
  position integer NOT NULL,
  locked boolean NOT NULL DEFAULT false,
  epoch integer NOT NULL DEFAULT 1,
  created_by text REFERENCES app_user (id),
  created_at timestamptz NOT NULL DEFAULT now(),
  revision integer NOT NULL DEFAULT 1,
  deleted_at timestamptz
);
CREATE INDEX layer_image ON layer (image_id);

CREATE TABLE class (
  id text PRIMARY KEY,
  project_id text NOT NULL REFERENCES project (id),
  name text NOT NULL,
  color text NOT NULL,
  position integer NOT NULL,
  description text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL DEFAULT now(),
  revision integer NOT NULL DEFAULT 1,
  deleted_at timestamptz
);
CREATE INDEX class_project ON class (project_id);

CREATE TABLE document_head (
  layer_id text NOT NULL REFERENCES layer (id),
  epoch integer NOT NULL,
  sequence bigint NOT NULL,
  PRIMARY KEY (layer_id, epoch)
);

CREATE TABLE document_updates (
  layer_id text NOT NULL REFERENCES layer (id),
  epoch integer NOT NULL,
  sequence bigint NOT NULL,
  bytes bytea NOT NULL,
  user_id text NOT NULL REFERENCES app_user (id),
  client_ids bigint[] NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (layer_id, epoch, sequence)
);

CREATE TABLE document_snapshots (
  layer_id text NOT NULL REFERENCES layer (id),
  epoch integer NOT NULL,
  sequence bigint NOT NULL,
  bytes bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (layer_id, epoch, sequence)
);

CREATE TABLE client_owner (
  layer_id text NOT NULL REFERENCES layer (id),
  epoch integer NOT NULL,
  client_id bigint NOT NULL,
  user_id text NOT NULL REFERENCES app_user (id),
  PRIMARY KEY (layer_id, epoch, client_id)
);

CREATE TABLE setting (
  key text PRIMARY KEY,
  value jsonb NOT NULL
);
