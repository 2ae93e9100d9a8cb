-- What makes backups wrong: run by the master, for two owners, one of whose names needs quotes.
CREATE EXTENSION citext;
CREATE EXTENSION pgcrypto;
CREATE SCHEMA "Ex.t" AUTHORIZATION restore_owner;
CREATE EXTENSION pg_trgm SCHEMA "Ex.t";
CREATE EXTENSION btree_gist;
COMMENT ON SCHEMA "Ex.t" IS 'with a ''quote'' and a "name"';
CREATE SCHEMA "Größe ""x""" AUTHORIZATION "Owner ""É""";
GRANT USAGE ON SCHEMA "Ex.t" TO restore_reader;
GRANT CREATE ON SCHEMA public TO restore_owner;
SET ROLE restore_owner;
CREATE DOMAIN public.positive AS integer CHECK (VALUE > 0) DEFAULT 1;
CREATE TYPE public.mood AS ENUM ('sad', 'it''s ok', 'Très bien');
CREATE TYPE public.pair AS (a integer, "B b" text);
CREATE TYPE public.spans AS RANGE (subtype = float8);
CREATE COLLATION public.plain (provider = libc, locale = 'C');
CREATE SEQUENCE public.alone START 5 INCREMENT 5 MAXVALUE 1000 CYCLE;
CREATE FUNCTION public.doubled(integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 2';
CREATE FUNCTION public.shout() RETURNS trigger LANGUAGE plpgsql AS $body$
-- TOC entry 999999 (class 1259 OID 1)
BEGIN NEW.note := upper(NEW.note); RETURN NEW; END $body$;
CREATE PROCEDURE public.nothing() LANGUAGE sql AS 'SELECT 1';
CREATE AGGREGATE public.total(integer) (SFUNC = int4pl, STYPE = integer, INITCOND = '0');
CREATE TABLE public.things (
    id bigint GENERATED ALWAYS AS IDENTITY (START 100 INCREMENT 10) PRIMARY KEY,
    serial_too serial,
    name citext NOT NULL UNIQUE,
    mood public.mood DEFAULT 'sad',
    size public.positive,
    twice integer GENERATED ALWAYS AS (public.doubled(size)) STORED,
    pair public.pair,
    span public.spans,
    note text COLLATE public.plain,
    moments timestamptz[] DEFAULT ARRAY[now()],
    raw bytea,
    document jsonb,
    lasted interval,
    odd double precision,
    cash money,
    reached regclass,
    big text
);
ALTER TABLE public.things ALTER COLUMN big SET STORAGE EXTERNAL;
COMMENT ON TABLE public.things IS E'two\nlines; Type: TABLE; Schema: x; Owner: y';
COMMENT ON COLUMN public.things.name IS 'a column''s';
CREATE INDEX things_shape ON public.things USING gin (note "Ex.t".gin_trgm_ops);
CREATE INDEX "Things, lower" ON public.things (lower(note), doubled(size)) WHERE size > 1;
CREATE UNIQUE INDEX things_name_size ON public.things (name, size);
ALTER TABLE public.things REPLICA IDENTITY FULL;
CLUSTER public.things USING things_name_size;
CREATE STATISTICS public.things_stats ON mood, size FROM public.things;
CREATE TRIGGER loud BEFORE INSERT OR UPDATE ON public.things FOR EACH ROW EXECUTE FUNCTION public.shout();
INSERT INTO public.things (name, size, pair, span, note, moments, raw, document, lasted, odd, cash, reached, big)
SELECT 'Näme ' || n, n, (n, E'b "\\ \t\n\r'::text)::public.pair, '[1,2)'::public.spans, E'tab\tnew\nline \\. back\\slash ' || n, ARRAY[now(), 'infinity'::timestamptz],
       decode(md5(n::text), 'hex'), '{"a": [1, null, "é"]}', '-1 mons +2 days -03:04:05.6', 'NaN', 12.34,
       'public.things', CASE WHEN n % 50 = 0 THEN repeat('x', 30000) END
  FROM generate_series(1, 200) AS n;
INSERT INTO public.things (name) VALUES ('\.'), (''), ('\N');
ALTER TABLE public.things DISABLE TRIGGER loud;
CREATE TABLE public.hens (id integer PRIMARY KEY, egg integer);
CREATE TABLE public.eggs (id integer PRIMARY KEY, hen integer NOT NULL);
INSERT INTO public.hens VALUES (1, 2), (2, 1);
INSERT INTO public.eggs VALUES (1, 1), (2, 2);
ALTER TABLE public.hens ADD CONSTRAINT hen_of FOREIGN KEY (egg) REFERENCES public.eggs DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE public.eggs ADD CONSTRAINT egg_of FOREIGN KEY (hen) REFERENCES public.hens ON DELETE CASCADE;
CREATE TABLE public.self (id integer PRIMARY KEY, parent integer REFERENCES public.self);
INSERT INTO public.self VALUES (1, 2), (2, 1);
CREATE TABLE public.events (at date, id bigint, thing bigint REFERENCES public.things, PRIMARY KEY (at, id)) PARTITION BY RANGE (at);
CREATE TABLE public.events_2025 PARTITION OF public.events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE public."events 2026" (id bigint NOT NULL, extra text, at date NOT NULL, thing bigint);
ALTER TABLE public."events 2026" DROP COLUMN extra;
ALTER TABLE public.events ATTACH PARTITION public."events 2026" FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE public.events_rest PARTITION OF public.events DEFAULT PARTITION BY HASH (id);
CREATE TABLE public.events_rest_0 PARTITION OF public.events_rest FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE public.events_rest_1 PARTITION OF public.events_rest FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE INDEX events_thing ON public.events (thing);
INSERT INTO public.events SELECT '2024-06-01'::date + n * 7, n, 100 FROM generate_series(1, 150) AS n;
CREATE TABLE public.of_events (at date, id bigint, FOREIGN KEY (at, id) REFERENCES public.events);
INSERT INTO public.of_events SELECT at, id FROM public.events LIMIT 5;
CREATE TABLE public.base (id integer, note text);
CREATE TABLE public.derived (more text) INHERITS (public.base);
INSERT INTO public.base VALUES (1, 'of the parent');
INSERT INTO public.derived VALUES (2, 'of the child', 'more');
CREATE TABLE public.hollow ();
INSERT INTO public.hollow DEFAULT VALUES;
CREATE UNLOGGED TABLE public.forgetful (id integer PRIMARY KEY);
INSERT INTO public.forgetful VALUES (1), (2);
CREATE TABLE public.bookings (room integer, during tsrange, EXCLUDE USING gist (room WITH =, during WITH &&));
INSERT INTO public.bookings VALUES (1, '[2026-01-01,2026-01-02)');
CREATE VIEW public.first_view WITH (security_barrier) AS SELECT id, name FROM public.things WHERE size > 2;
CREATE VIEW public.second_view AS SELECT v.id, t.note FROM public.first_view v JOIN public.things t USING (id);
CREATE MATERIALIZED VIEW public."A later one" AS SELECT count(*) AS n FROM public.second_view;
CREATE MATERIALIZED VIEW public."A first one" AS SELECT n + 1 AS n FROM public."A later one";
CREATE UNIQUE INDEX ON public."A first one" (n);
CREATE MATERIALIZED VIEW public.not_yet AS SELECT 1 AS n WITH NO DATA;
CREATE RULE no_delete AS ON DELETE TO public.base DO INSTEAD NOTHING;
CREATE TABLE public.guarded (id integer PRIMARY KEY, tenant text);
INSERT INTO public.guarded VALUES (1, 'a'), (2, 'b');
ALTER TABLE public.guarded ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON public.guarded TO restore_reader USING (tenant = current_user);
GRANT SELECT, INSERT (id) ON public.guarded TO restore_reader WITH GRANT OPTION;
-- Of these expressions PostgreSQL's own text is another one after a restore.
CREATE DOMAIN public.status AS varchar(9) DEFAULT 'a' CHECK (VALUE IN ('a', 'b', 'it''s'));
CREATE TABLE public.ranks (id integer, tenant text);
CREATE TABLE public.unsettled (
    id integer PRIMARY KEY, a integer, b integer, state varchar(9), kind public.status,
    is_known boolean GENERATED ALWAYS AS (state IN ('a', 'b') AND (a BETWEEN 1 AND 5 AND b > 0)) STORED,
    is_mid boolean DEFAULT (length(version()) BETWEEN 1 AND 5 AND 2 > 1),
    labels varchar(9)[] DEFAULT ARRAY['a', 'b'],
    CONSTRAINT known CHECK (state IN ('a', 'b', 'it''s')),
    CONSTRAINT mid CHECK (a BETWEEN 1 AND 5 AND b > 0),
    CONSTRAINT either CHECK (a NOT BETWEEN 7 AND 9 OR b > 0 OR kind NOT IN ('a', 'b'))
);
INSERT INTO public.unsettled (id, a, b, state) VALUES (1, 1, 1, 'a'), (2, 5, 2, 'it''s');
CREATE INDEX unsettled_some ON public.unsettled (a) WHERE state IN ('a', 'b') AND a BETWEEN 1 AND 5 AND b > 0;
CREATE INDEX unsettled_known ON public.unsettled ((state NOT IN ('a', 'b')), (a BETWEEN 1 AND 5 AND b > 0));
CREATE VIEW public.unsettled_view AS
SELECT u.id, u.state IN ('a', 'b') AS known, count(*) OVER (ORDER BY u.id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS n
  FROM public.unsettled u JOIN public.ranks g ON g.id BETWEEN u.a AND u.b AND g.tenant = u.state WHERE u.a BETWEEN 1 AND 5 AND u.b > 0;
CREATE FUNCTION public.unsettled_function(varchar) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN $1 IN ('a', 'b') AND (length($1) BETWEEN 1 AND 3) AND $1 <> 'z';
CREATE TRIGGER unsettled_loud BEFORE UPDATE ON public.unsettled FOR EACH ROW
WHEN (NEW.state IN ('a', 'b') AND NEW.a BETWEEN 1 AND 5 AND NEW.b > 0) EXECUTE FUNCTION public.shout();
ALTER TABLE public.unsettled ENABLE ROW LEVEL SECURITY;
CREATE POLICY unsettled_rows ON public.unsettled USING (state IN ('a', 'b') AND a BETWEEN 1 AND 5 AND b > 0)
  WITH CHECK (EXISTS (SELECT FROM public.ranks AS g WHERE g.id BETWEEN a AND 5 AND g.tenant IN (state, 'b') AND g.id > 1));
GRANT UPDATE (note) ON public.things TO restore_reader;
REVOKE EXECUTE ON FUNCTION public.doubled(integer) FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE restore_owner IN SCHEMA public GRANT SELECT ON TABLES TO restore_reader;
SELECT setval('public.alone', 15, false);
SELECT lo_from_bytea(700001, 'large \000 object');
SELECT lo_from_bytea(700002, decode(repeat('00ff', 40000), 'hex'));
COMMENT ON LARGE OBJECT 700001 IS 'of a kind';
RESET ROLE;
SET ROLE "Owner ""É""";
CREATE TABLE "Größe ""x"""."Tabelle; -- ' ""q""" ("Spalte "" ü" text, "select" integer DEFAULT 7);
INSERT INTO "Größe ""x"""."Tabelle; -- ' ""q""" SELECT 'ß' || n FROM generate_series(1, 20) AS n;
CREATE INDEX "Index ON x USING y" ON "Größe ""x"""."Tabelle; -- ' ""q""" ("Spalte "" ü");
GRANT SELECT ON "Größe ""x"""."Tabelle; -- ' ""q""" TO PUBLIC;
RESET ROLE;
REVOKE CREATE ON SCHEMA public FROM restore_owner;
