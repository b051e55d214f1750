-- The whole schema of dispatch: the sum of the migrations. The ledger's own tables come beside it.

-- Disputes. The columns repeat parts of the body for queries; state_bit and level_bit have one bit set each, so that a
-- mask selects several at once.
CREATE TABLE dispute (
    id           TEXT   PRIMARY KEY,
    version      BIGINT NOT NULL,
    body         TEXT   NOT NULL,
    grid_code    TEXT   NOT NULL,
    case_code    TEXT   NOT NULL,
    type_code    TEXT   NOT NULL,
    state_bit    BIGINT NOT NULL,
    level_bit    BIGINT NOT NULL,
    reported_at  BIGINT NOT NULL,
    counted_by   TEXT   NOT NULL,
    wakes_at     BIGINT,
    holder       TEXT   NOT NULL,
    first_handler TEXT  NOT NULL,
    due_at       BIGINT,
    returned     BIGINT NOT NULL
);
CREATE UNIQUE INDEX dispute_code ON dispute (case_code);
-- Everything that counts and lists of a community look at, so that they read rows only of what they show.
CREATE INDEX dispute_grid ON dispute (grid_code, state_bit, type_code, reported_at);
-- Work lists: what is neither rejected (4) nor closed (1024). It stays as small as the work at hand. With the version of
-- the calendar, because a new one looks for what was counted by another.
CREATE INDEX dispute_open ON dispute (id, counted_by) WHERE state_bit <> 4 AND state_bit <> 1024;
-- The other ways to a list, each newest first but for the one by due time: a town, a state, who has the case ("area/unit",
-- open cases only), who first accepted it, when its limit ends (while it runs), and that of one holder.
CREATE INDEX dispute_town ON dispute (substr(grid_code, 1, 9), id);
CREATE INDEX dispute_state ON dispute (state_bit, id);
CREATE INDEX dispute_holder ON dispute (holder, id) WHERE state_bit <> 4 AND state_bit <> 1024;
CREATE INDEX dispute_first_handler ON dispute (first_handler, id) WHERE first_handler <> '';
CREATE INDEX dispute_due ON dispute (due_at, id) WHERE due_at IS NOT NULL;
CREATE INDEX dispute_holder_due ON dispute (holder, due_at, id) WHERE due_at IS NOT NULL;
-- What happens by time alone, the earliest first; nothing will ever happen in a dispute without it.
CREATE INDEX dispute_wakes ON dispute (wakes_at, id) WHERE wakes_at IS NOT NULL;

-- Which dispute the record of another system is; id = "system|number".
CREATE TABLE source (
    id           TEXT   PRIMARY KEY,
    version      BIGINT NOT NULL,
    body         TEXT   NOT NULL
);

-- Where the node stands in giving case codes; id = number of the node.
CREATE TABLE counter (
    id           TEXT   PRIMARY KEY,
    version      BIGINT NOT NULL,
    body         TEXT   NOT NULL
);

-- Sealed details; id = "dispute/sealing". The keys that open them are in another database. An erased piece has an empty
-- ciphertext.
CREATE TABLE sealed (
    id           TEXT   PRIMARY KEY,
    version      BIGINT NOT NULL,
    body         TEXT   NOT NULL,
    ciphertext   BYTEA
);

-- How an organisation counts its files; id = id of the organisation.
CREATE TABLE files (
    id           TEXT   PRIMARY KEY,
    version      BIGINT NOT NULL,
    body         TEXT   NOT NULL
);

-- The cases that keep a team busy; id = id of the team.
CREATE TABLE engagement (
    id           TEXT   PRIMARY KEY,
    version      BIGINT NOT NULL,
    body         TEXT   NOT NULL
);

-- What registry's feed tells: areas, grids, units and teams.
CREATE TABLE area (
    id           TEXT   PRIMARY KEY,
    version      BIGINT NOT NULL,
    body         TEXT   NOT NULL
);
CREATE TABLE grid (
    id           TEXT   PRIMARY KEY,
    version      BIGINT NOT NULL,
    body         TEXT   NOT NULL
);
CREATE TABLE unit (
    id           TEXT   PRIMARY KEY,
    version      BIGINT NOT NULL,
    body         TEXT   NOT NULL
);
CREATE TABLE team (
    id           TEXT   PRIMARY KEY,
    version      BIGINT NOT NULL,
    body         TEXT   NOT NULL,
    area_code    TEXT   NOT NULL
);
CREATE INDEX team_area ON team (area_code, id);

-- Which teams serve an area by name of that area; id = code of the area.
CREATE TABLE coverage (
    id           TEXT   PRIMARY KEY,
    version      BIGINT NOT NULL,
    body         TEXT   NOT NULL
);

-- The city's time limits for disputes, as released by registry; one row.
CREATE TABLE catalogue (
    id           TEXT   PRIMARY KEY,
    version      BIGINT NOT NULL,
    body         TEXT   NOT NULL
);

-- Rows of imports that wait for their activation; id = "import/chunk".
CREATE TABLE staged (
    id           TEXT   PRIMARY KEY,
    version      BIGINT NOT NULL,
    body         TEXT   NOT NULL
);

-- PINs by which parties see their cases: slow hashes and wrong tries; id = id of the dispute. Once its details are erased,
-- a row has no hash. Tries of codes that nobody has are counted in a bounded number of rows "-/number".
CREATE TABLE pin (
    id           TEXT   PRIMARY KEY,
    version      BIGINT NOT NULL,
    body         TEXT   NOT NULL
);

-- Notices that could not be delivered; id = position of the notice in the log, as twenty digits. listed = 1 until it is
-- retried or delivered after all: then the row stays, and the list does not have it.
CREATE TABLE notice (
    id           TEXT   PRIMARY KEY,
    version      BIGINT NOT NULL,
    body         TEXT   NOT NULL,
    grid_code    TEXT   NOT NULL,
    listed       BIGINT NOT NULL
);
CREATE INDEX notice_listed ON notice (grid_code, id) WHERE listed = 1;

-- Offers of cases to teams, with what became of each; id = "dispute/number".
CREATE TABLE assignment (
    id           TEXT   PRIMARY KEY,
    version      BIGINT NOT NULL,
    body         TEXT   NOT NULL,
    team_id      TEXT   NOT NULL,
    grid_code    TEXT   NOT NULL,
    offered_at   BIGINT NOT NULL,
    open         BIGINT NOT NULL
);
-- Of a team newest first, and those of a period; and what is open, which stays as small as the work at hand.
CREATE INDEX assignment_team ON assignment (team_id, offered_at, id);
CREATE INDEX assignment_open ON assignment (grid_code, id) WHERE open = 1;

-- Whether the clock of the node is doubted, because it has jumped and nobody has confirmed it; one row.
CREATE TABLE clock_hold (
    id           TEXT   PRIMARY KEY,
    version      BIGINT NOT NULL,
    body         TEXT   NOT NULL
);
