-- Large snapshots are blobs, named by what is in them. Whose edits and client ids there are can be found quickly.

ALTER TABLE document_snapshots ALTER COLUMN bytes DROP NOT NULL;
ALTER TABLE document_snapshots ADD COLUMN blob text;
ALTER TABLE document_snapshots ADD CONSTRAINT document_snapshots_in_one_place CHECK ((bytes IS NULL) <> (blob IS NULL));

CREATE INDEX document_updates_by_user ON document_updates (user_id);
CREATE INDEX client_owner_by_user ON client_owner (user_id);
