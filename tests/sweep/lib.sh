# lib.sh - what the tests of sweeps share. NAPIER names the command.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
TMP=$(mktemp -d)
failed=0

# Everything that a point's row says, but when, where and how long.
rows() { # DB
    sqlite3 "$1" "SELECT ordinal, settings, images, digest, state, message,
        labelled, correct, same_class, accuracy, float_accuracy, accuracy_loss,
        agreement, worst_sqnr_db, worst_layer, overflows, cycles, stall_cycles,
        macs, utilization, clock_mhz, latency_ms, fps, weight_rom_bits,
        param_rom_bits, activation_memory_bits, energy_uj, hardware_digest,
        network_digest, program_digest, output_digest FROM final
        ORDER BY ordinal;
        SELECT f.ordinal, f.images, l.position, l.name, l.op, l.unit, l.macs,
        l.cycles, l.stall_cycles, l.utilization, l.overflows, l.channels,
        l.overflow_channels, l.proved_channels, l.safe_bits, l.sqnr_db,
        l.energy_uj FROM layer l JOIN final f ON f.id = l.result_id
        ORDER BY f.ordinal, l.position"
}

one() { # DB SQL
    sqlite3 "$1" "$2"
}

check() { # WHAT COMMAND...
    what=$1
    shift
    if "$@"; then
        echo "sweep: $what"
    else
        echo "sweep: FAILED: $what"
        failed=1
    fi
}

same_rows() { # DB DB
    rows "$1" > "$TMP/rows_a"
    rows "$2" > "$TMP/rows_b"
    [ -s "$TMP/rows_a" ] && diff "$TMP/rows_a" "$TMP/rows_b" > "$TMP/difference" \
        || { head -4 "$TMP/difference"; return 1; }
}

sweep() { # FILE DB OPTION...
    local file=$1 db=$2
    shift 2
    "$NAPIER" sweep "$file" --db "$db" "$@" > "$TMP/out" 2> "$TMP/err"
}
