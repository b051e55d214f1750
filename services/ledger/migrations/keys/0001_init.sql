-- Wrapped data keys, apart from the database that holds what they open. Left out of ordinary backups.
CREATE TABLE data_key (
    subject      TEXT   NOT NULL,
    id           TEXT   NOT NULL,
    wrapped      BYTEA  NOT NULL,
    PRIMARY KEY (subject, id)
);
