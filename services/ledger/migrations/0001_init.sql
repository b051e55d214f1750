-- The one row that every commit locks: how long the log is.
CREATE TABLE head (
    id           BIGINT PRIMARY KEY,
    node         TEXT   NOT NULL,
    service      TEXT   NOT NULL,
    incarnation  BIGINT NOT NULL,
    position     BIGINT NOT NULL,
    hash         BYTEA  NOT NULL,
    recorded_at  BIGINT NOT NULL
);

-- The log. header, salt, payload, commitment and hash are the record as it is fed; the other columns are an index.
CREATE TABLE event (
    position     BIGINT PRIMARY KEY,
    type         TEXT   NOT NULL,
    subject      TEXT   NOT NULL,
    area_code    TEXT   NOT NULL,
    recorded_at  BIGINT NOT NULL,
    header       BYTEA  NOT NULL,
    salt         BYTEA  NOT NULL,
    payload      BYTEA  NOT NULL,
    commitment   BYTEA,
    hash         BYTEA  NOT NULL
);
CREATE INDEX event_subject ON event (subject, position);

-- Request ids with their answers, kept for replays; id = request id and a hash of caller and method. Old ones are swept
-- out in rounds over the primary key, so that no command pays for another index.
CREATE TABLE request (
    id           TEXT   PRIMARY KEY,
    version      BIGINT NOT NULL,
    body         TEXT   NOT NULL,
    recorded_at  BIGINT NOT NULL
);

-- How far each followed log has been applied; id = its service.
CREATE TABLE cursor (
    id           TEXT   PRIMARY KEY,
    version      BIGINT NOT NULL,
    body         TEXT   NOT NULL
);

-- Followed events that could not be applied, or that wait behind one of the same subject; id = service/position;
-- open = 0 once they were applied or discarded.
CREATE TABLE set_aside (
    id           TEXT   PRIMARY KEY,
    version      BIGINT NOT NULL,
    body         TEXT   NOT NULL,
    subject      TEXT   NOT NULL,
    open         BIGINT NOT NULL
);
CREATE INDEX set_aside_subject ON set_aside (subject, open, id);
CREATE INDEX set_aside_open ON set_aside (open, id);

-- Subjects of followed logs with events set aside; id = service/subject.
CREATE TABLE blocked (
    id           TEXT   PRIMARY KEY,
    version      BIGINT NOT NULL,
    body         TEXT   NOT NULL
);

-- What was erased: data keys that have to be destroyed; done = 1 once they are.
CREATE TABLE erasure (
    id           TEXT   PRIMARY KEY,
    version      BIGINT NOT NULL,
    body         TEXT   NOT NULL,
    done         BIGINT NOT NULL
);
CREATE INDEX erasure_open ON erasure (done, id);
