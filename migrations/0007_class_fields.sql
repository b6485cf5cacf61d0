-- What more a class says of itself: a term of an ontology, other names, and the attributes that its annotations have.

ALTER TABLE class
  ADD COLUMN ontology_iri text NOT NULL DEFAULT '',
  ADD COLUMN synonyms jsonb NOT NULL DEFAULT '[]',
  ADD COLUMN attributes jsonb NOT NULL DEFAULT '[]';
