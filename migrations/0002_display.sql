-- Named views of an image and channel presets of a project.

CREATE TABLE saved_view (
  id text PRIMARY KEY,
  image_id text NOT NULL REFERENCES image (id),
  name text NOT NULL,
  state jsonb NOT NULL,
  thumbnail bytea,
  created_by text REFERENCES app_user (id),
  created_at timestamptz NOT NULL DEFAULT now(),
  revision integer NOT NULL DEFAULT 1,
  deleted_at timestamptz
);
CREATE INDEX saved_view_image ON saved_view (image_id);

CREATE TABLE channel_preset (
  id text PRIMARY KEY,
  project_id text NOT NULL REFERENCES project (id),
  name text NOT NULL,
  channels jsonb NOT NULL,
  created_by text REFERENCES app_user (id),
  created_at timestamptz NOT NULL DEFAULT now(),
  revision integer NOT NULL DEFAULT 1,
  deleted_at timestamptz
);
CREATE INDEX channel_preset_project ON channel_preset (project_id);
