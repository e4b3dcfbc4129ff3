#!/usr/bin/env bash
# slurm.sh NAPIER - a sweep as a job array on a throwaway cluster.
#
# munged, slurmctld and slurmd of this machine, on ports and in a folder of
# their own, started here and stopped at the end. One task is killed, another
# requeued; the merged rows must be those of one process.
NAPIER=$(realpath "$1")
. "$(dirname "$0")/lib.sh"
cd "$top" || exit 1
export LC_ALL=C

for tool in munged slurmctld slurmd sbatch scontrol; do
    PATH=$PATH:/usr/sbin command -v $tool > /dev/null || {
        echo "sweep: $tool is not there, the job array is not tested"
        exit 0
    }
done
if ! grep -q '/sys/fs/cgroup' /proc/mounts; then
    echo "sweep: no cgroup file system, slurmd cannot be started, the job array is not tested"
    exit 0
fi
if [ "$(id -u)" != 0 ]; then
    echo "sweep: not root, slurmd cannot be started, the job array is not tested"
    exit 0
fi
PATH=$PATH:/usr/sbin

pids=()
stop() {
    local i
    [ -n "${job:-}" ] && scancel "$job" ${merge:-} 2> /dev/null
    sleep 0.5
    for ((i = ${#pids[@]} - 1; i >= 0; i--)); do
        kill "${pids[i]}" 2> /dev/null
    done
    for i in "${pids[@]}"; do
        for _ in $(seq 50); do kill -0 "$i" 2> /dev/null || break; sleep 0.1; done
        kill -9 "$i" 2> /dev/null
    done
    wait 2> /dev/null
    rm -rf "$TMP"
}
trap stop EXIT
trap 'exit 130' INT TERM

chmod 755 "$TMP"
free_ports() { # two that nobody listens on
    python3 -c "
import socket
s = [socket.socket() for _ in range(2)]
for x in s: x.bind(('127.0.0.1', 0))
print(*(x.getsockname()[1] for x in s))"
}
read -r port_ctl port_d <<< "$(free_ports)"
name=$(hostname -s)
cluster=$TMP/cluster
mkdir -p "$cluster/state" "$cluster/spool"
head -c 128 /dev/urandom > "$cluster/munge.key"
chmod 400 "$cluster/munge.key"
cat > "$cluster/slurm.conf" <<END
ClusterName=napier
SlurmctldHost=$name(127.0.0.1)
SlurmUser=root
SlurmdUser=root
SlurmctldPort=$port_ctl
SlurmdPort=$port_d
AuthType=auth/munge
AuthInfo=socket=$cluster/munge.socket,cred_expire=5
CredType=cred/munge
StateSaveLocation=$cluster/state
SlurmdSpoolDir=$cluster/spool
SlurmctldPidFile=$cluster/slurmctld.pid
SlurmdPidFile=$cluster/slurmd.pid
SlurmctldLogFile=$cluster/slurmctld.log
SlurmdLogFile=$cluster/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=sched_interval=1,batch_sched_delay=0
ReturnToService=2
KillWait=2
MinJobAge=300
JobAcctGatherType=jobacct_gather/none
NodeName=$name NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=all Nodes=$name Default=YES MaxTime=30 State=UP
END
export SLURM_CONF=$cluster/slurm.conf

munged --foreground --socket="$cluster/munge.socket" --key-file="$cluster/munge.key" \
    --log-file="$cluster/munged.log" --pid-file="$cluster/munged.pid" \
    --seed-file="$cluster/munged.seed" --num-threads=2 > "$cluster/munged.out" 2>&1 &
pids+=($!)
for _ in $(seq 600); do [ -S "$cluster/munge.socket" ] && break; sleep 0.1; done
slurmctld -D -c > "$cluster/ctld.out" 2>&1 &
pids+=($!)
slurmd -D -N "$name" > "$cluster/slurmd.out" 2>&1 &
pids+=($!)
up=0
for _ in $(seq 600); do
    [ "$(sinfo -h -o %T 2> /dev/null)" = idle ] && { up=1; break; }
    sleep 0.2
done
if [ $up = 0 ]; then
    echo "sweep: FAILED: the cluster does not start"
    tail -n 5 "$cluster"/*.out "$cluster"/*.log
    exit 1
fi

# The whole, by one process.
images=540
sweep tests/sweep/small.yaml "$TMP/whole.db" --images $images

out=$TMP/array
"$NAPIER" sweep tests/sweep/small.yaml --slurm 4 --jobs 1 -o "$out" --no-reuse \
    --set images=$images > "$TMP/out" 2> "$TMP/err" || { cat "$TMP/err"; exit 1; }
job=$(sed -n 's/.* as job \([0-9]*\),.*/\1/p' "$TMP/out")
merge=$(sed -n 's/.*by job \([0-9]*\)$/\1/p' "$TMP/out")
check "a job array of 4 tasks and a job that merges" [ -n "$job" -a -n "$merge" ]

done_of() { # TASK: its results so far
    one "$out/small-$1.db" "SELECT count(*) FROM result" 2> /dev/null || echo 0
}
wait_for() { # TASK: some results, not all
    local i
    for i in $(seq 2400); do
        [ "$(done_of "$1")" -ge 3 ] && return 0
        sleep 0.05
    done
    return 1
}
wait_for 1 && kill -9 "$(one "$out/small-1.db" "SELECT pid FROM provenance ORDER BY id DESC LIMIT 1")"
killed=$(done_of 1)
wait_for 2 && scontrol requeue "${job}_2"
requeued=$(done_of 2)
check "one task killed after $killed of its 24 points, one requeued after $requeued" \
    [ "$killed" -lt 24 -a "$requeued" -lt 24 ]

state() { scontrol -o show job "$1" 2> /dev/null | sed -n 's/.*JobState=\([A-Z_]*\).*/\1/p' | head -1; }
for _ in $(seq 3000); do
    case $(state "$merge") in COMPLETED|FAILED|CANCELLED) break ;; esac
    sleep 0.2
done
check "all tasks and the merge are completed" [ "$(state "$merge")" = COMPLETED ]
[ "$(state "$merge")" = COMPLETED ] || {
    squeue -a
    tail -n 5 "$out"/*.log "$cluster/slurmctld.log"
}
for task in 1 2; do
    check "task $task began twice" \
        [ "$(one "$out/small-$task.db" "SELECT count(*) FROM provenance")" = 2 ]
done
check "and kept what it had" [ "$(grep -h '^kept' "$out/small-1.log" | awk '{ n += $2 } END { print (n > 0) }')" = 1 ]
check "the merged rows are those of one process" same_rows "$TMP/whole.db" "$out/small.db"

# All tasks on one file.
shared=$TMP/shared
"$NAPIER" sweep tests/sweep/small.yaml --slurm 3 --jobs 1 --shared -o "$shared" \
    --set images=$images > "$TMP/out" 2> "$TMP/err" || cat "$TMP/err"
job=$(sed -n 's/.* as job \([0-9]*\),.*/\1/p' "$TMP/out")
for _ in $(seq 3000); do
    [ -z "$(squeue -h -j "$job" 2> /dev/null)" ] && break
    sleep 0.2
done
check "three tasks on one file give the same rows" same_rows "$TMP/whole.db" "$shared/small.db"
exit $failed
