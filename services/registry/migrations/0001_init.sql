-- Areas of the statistical tree, ended ones too; id = the code.
CREATE TABLE area (
    id           TEXT   PRIMARY KEY,
    version      BIGINT NOT NULL,
    body         TEXT   NOT NULL,
    level        TEXT   NOT NULL,
    name         TEXT   NOT NULL,
    valid_from   TEXT   NOT NULL,
    valid_to     TEXT   NOT NULL
);

-- Functional zones; id = the zone's id.
CREATE TABLE zone (
    id           TEXT   PRIMARY KEY,
    version      BIGINT NOT NULL,
    body         TEXT   NOT NULL,
    area_code    TEXT   NOT NULL,
    valid_from   TEXT   NOT NULL,
    valid_to     TEXT   NOT NULL
);
CREATE INDEX zone_area ON zone (area_code, id);

-- All grids of a community with their history; id = the community's code.
CREATE TABLE layout (
    id           TEXT   PRIMARY KEY,
    version      BIGINT NOT NULL,
    body         TEXT   NOT NULL
);

-- One version of a grid, repeated from its layout; id = grid code # number of the version.
-- valid_to is 9999-12-31 until further notice. cell names the smallest square of the earth that holds the outline.
CREATE TABLE grid_span (
    id           TEXT   PRIMARY KEY,
    version      BIGINT NOT NULL,
    body         TEXT   NOT NULL,
    grid_code    TEXT   NOT NULL,
    kind         TEXT   NOT NULL,
    households   BIGINT NOT NULL,
    sample       BIGINT NOT NULL,
    valid_from   TEXT   NOT NULL,
    valid_to     TEXT   NOT NULL,
    cell         TEXT
);
CREATE INDEX grid_span_code ON grid_span (grid_code, valid_from);
CREATE INDEX grid_span_cell ON grid_span (cell, valid_from);

-- Workers; id = the worker's id. What names a person is in contact only.
CREATE TABLE worker (
    id           TEXT   PRIMARY KEY,
    version      BIGINT NOT NULL,
    body         TEXT   NOT NULL,
    area_code    TEXT   NOT NULL,
    post         TEXT   NOT NULL,
    valid_from   TEXT   NOT NULL,
    valid_to     TEXT   NOT NULL
);
CREATE INDEX worker_area ON worker (area_code, id);

-- Display name and work phone of a worker; id = the worker's id. Emptied when the worker leaves.
CREATE TABLE contact (
    id           TEXT   PRIMARY KEY,
    version      BIGINT NOT NULL,
    body         TEXT   NOT NULL
);

-- One assignment, repeated from its worker; id = worker id # number. An assignment that never took place is empty.
CREATE TABLE assignment (
    id           TEXT   PRIMARY KEY,
    version      BIGINT NOT NULL,
    body         TEXT   NOT NULL,
    worker_id    TEXT   NOT NULL,
    grid_code    TEXT   NOT NULL,
    grid_worker  BIGINT NOT NULL,
    valid_from   TEXT   NOT NULL,
    valid_to     TEXT   NOT NULL
);
CREATE INDEX assignment_grid ON assignment (grid_code, valid_from);

-- Handling units and mediation organisations; id = the unit's id.
CREATE TABLE unit (
    id           TEXT   PRIMARY KEY,
    version      BIGINT NOT NULL,
    body         TEXT   NOT NULL,
    area_code    TEXT   NOT NULL,
    kind         TEXT   NOT NULL,
    valid_from   TEXT   NOT NULL,
    valid_to     TEXT   NOT NULL
);
CREATE INDEX unit_area ON unit (area_code, id);

-- Mediation teams; id = the team's id. duty_until is when a shift ends, in microseconds; NULL = not on duty.
CREATE TABLE team (
    id           TEXT   PRIMARY KEY,
    version      BIGINT NOT NULL,
    body         TEXT   NOT NULL,
    area_code    TEXT   NOT NULL,
    duty_until   BIGINT,
    valid_from   TEXT   NOT NULL,
    valid_to     TEXT   NOT NULL
);
CREATE INDEX team_area ON team (area_code, id);

-- The catalogue of matters as it is being edited: one row, id = 'draft'.
CREATE TABLE catalogue_draft (
    id           TEXT   PRIMARY KEY,
    version      BIGINT NOT NULL,
    body         TEXT   NOT NULL
);

-- Versions of the catalogue, each whole; id = the version in six digits.
CREATE TABLE catalogue (
    id           TEXT   PRIMARY KEY,
    version      BIGINT NOT NULL,
    body         TEXT   NOT NULL
);

-- Imports; id = the import's id.
CREATE TABLE import (
    id           TEXT   PRIMARY KEY,
    version      BIGINT NOT NULL,
    body         TEXT   NOT NULL,
    area_code    TEXT   NOT NULL,
    state        TEXT   NOT NULL,
    begun_on     TEXT   NOT NULL
);
CREATE INDEX import_state ON import (state, begun_on);

-- Rows that wait for the activation of their import; id = import id / number. Emptied when the import ends.
CREATE TABLE import_chunk (
    id           TEXT   PRIMARY KEY,
    version      BIGINT NOT NULL,
    body         TEXT   NOT NULL
);
