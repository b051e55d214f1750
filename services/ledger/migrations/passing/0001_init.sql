-- What is known for a while and never kept: no log, feed or backup has it. On PostgreSQL the table is made UNLOGGED.
-- version = when it was made, microseconds UTC.
CREATE TABLE passing (
    id           TEXT   PRIMARY KEY,
    version      BIGINT NOT NULL,
    body         TEXT   NOT NULL,
    expires_at   BIGINT NOT NULL
);
CREATE INDEX passing_expires ON passing (expires_at);
