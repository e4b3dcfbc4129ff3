/* store_schema.h - the tables of a sweep's file; see docs/sweep.md. */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

#define STORE_SCHEMA \
    "CREATE TABLE sweep(" \
    " id INTEGER PRIMARY KEY CHECK (id = 1)," \
    " name TEXT NOT NULL, file TEXT NOT NULL, text TEXT NOT NULL," \
    " design TEXT NOT NULL, hardware TEXT NOT NULL, network TEXT NOT NULL," \
    " method TEXT NOT NULL, evaluate TEXT NOT NULL," \
    " images INTEGER NOT NULL, seed INTEGER NOT NULL," \
    " settings TEXT NOT NULL, digest TEXT NOT NULL, base TEXT NOT NULL," \
    " defined TEXT NOT NULL);" \
    "CREATE TABLE axis(" \
    " position INTEGER PRIMARY KEY, key TEXT NOT NULL, scope TEXT NOT NULL," \
    " choices TEXT NOT NULL);" \
    "CREATE TABLE objective(" \
    " position INTEGER PRIMARY KEY, name TEXT NOT NULL," \
    " direction TEXT NOT NULL);" \
    "CREATE TABLE point(" \
    " id INTEGER PRIMARY KEY, ordinal INTEGER, digest TEXT NOT NULL UNIQUE," \
    " settings TEXT NOT NULL);" \
    "CREATE INDEX point_ordinal ON point(ordinal);" \
    "CREATE TABLE provenance(" \
    " id INTEGER PRIMARY KEY, tool TEXT NOT NULL, host TEXT NOT NULL," \
    " pid INTEGER NOT NULL, ticks INTEGER NOT NULL, command TEXT NOT NULL," \
    " seed INTEGER NOT NULL, started TEXT NOT NULL, ended TEXT," \
    " beat REAL NOT NULL);" \
    "CREATE TABLE claim(" \
    " point_id INTEGER PRIMARY KEY REFERENCES point(id)," \
    " provenance_id INTEGER NOT NULL REFERENCES provenance(id));" \
    "CREATE TABLE result(" \
    " id INTEGER PRIMARY KEY," \
    " point_id INTEGER NOT NULL REFERENCES point(id)," \
    " images INTEGER NOT NULL, digest TEXT NOT NULL," \
    " stale INTEGER NOT NULL DEFAULT 0," \
    " state TEXT NOT NULL, message TEXT," \
    " labelled INTEGER, correct INTEGER, same_class INTEGER," \
    " accuracy REAL, float_accuracy REAL, accuracy_loss REAL," \
    " agreement REAL, worst_sqnr_db REAL, worst_layer TEXT," \
    " overflows INTEGER, cycles INTEGER, stall_cycles INTEGER," \
    " macs INTEGER, utilization REAL, clock_mhz REAL, latency_ms REAL," \
    " fps REAL, weight_rom_bits INTEGER, param_rom_bits INTEGER," \
    " activation_memory_bits INTEGER, energy_uj REAL, energy_source TEXT," \
    " area_cells REAL, area_luts REAL, area_dsps REAL, area_ffs REAL," \
    " area_brams REAL, area_target TEXT," \
    " hardware_digest TEXT, network_digest TEXT, program_digest TEXT," \
    " output_digest TEXT, seconds REAL," \
    " provenance_id INTEGER REFERENCES provenance(id)," \
    " finished TEXT NOT NULL," \
    " UNIQUE(point_id, images));" \
    "CREATE TABLE layer(" \
    " result_id INTEGER NOT NULL REFERENCES result(id)," \
    " position INTEGER NOT NULL, name TEXT NOT NULL, op TEXT NOT NULL," \
    " unit TEXT NOT NULL, macs INTEGER, cycles INTEGER," \
    " stall_cycles INTEGER, utilization REAL, overflows INTEGER," \
    " channels INTEGER, overflow_channels INTEGER," \
    " proved_channels INTEGER, safe_bits INTEGER, sqnr_db REAL," \
    " energy_uj REAL," \
    " PRIMARY KEY(result_id, position)) WITHOUT ROWID;" \
    "CREATE VIEW final AS" \
    " SELECT p.ordinal, p.settings, r.* FROM point p JOIN result r" \
    " ON r.id = (SELECT id FROM result WHERE point_id = p.id" \
    "  AND stale = 0 ORDER BY images DESC LIMIT 1)" \
    " WHERE p.ordinal IS NOT NULL;"

#endif
