#!/usr/bin/env bash
# A real Slurm on this machine, on loopback only, for the tests beside this file; it is stopped at
# the end, and its files are removed.  Installs Debian's packages if they are not there; needs root.
# Usage: tests/slurm/run.sh PYTHON [option of pytest ...]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
python=$1
shift

fail() { echo "test-slurm: $1" >&2; exit 1; }
[ "$(id -u)" = 0 ] || fail "must be run as root, to install and start Slurm. Try sudo make test-slurm."

install_slurm() {
  command -v apt-get >/dev/null || fail "must have apt-get, but this is no Debian. Try a container."
  local policy=/usr/sbin/policy-rc.d made=
  if [ ! -e "$policy" ]; then  # or the packages would start their daemons, on every interface
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
    made=1
  fi
  apt-get update -q >/dev/null
  DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
    slurmctld slurmd slurm-client slurm-wlm-basic-plugins munge >/dev/null
  if [ -n "$made" ]; then rm -f "$policy"; fi
}
for command in slurmctld slurmd sbatch munged; do
  command -v "$command" >/dev/null || { install_slurm; break; }
done

work=$(mktemp -d /tmp/nnu-slurm.XXXXXX)
chmod 755 "$work"
pids=()
stop() {
  code=$?
  trap - EXIT INT TERM
  scancel --user=root --quiet 2>/dev/null || true
  for _ in $(seq 60); do
    [ -n "$(squeue --noheader 2>/dev/null || true)" ] || break
    sleep 0.5
  done
  for ((i = ${#pids[@]} - 1; i >= 0; i--)); do
    kill "${pids[i]}" 2>/dev/null || true
    wait "${pids[i]}" 2>/dev/null || true
  done
  if [ "$code" -ne 0 ]; then tail -n 20 "$work"/*.log >&2 || true; fi
  rm -rf "$work"
  echo "test-slurm: everything that was started is stopped"
  exit "$code"
}
trap stop EXIT INT TERM

read -r ctld_port slurmd_port < <("$python" - <<'END'
import socket
sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
print(*(s.getsockname()[1] for s in sockets))
END
)
name=$(hostname -s)
mkdir "$work/state" "$work/spool"
head -c 1024 /dev/urandom >"$work/munge.key"
chmod 600 "$work/munge.key"
cat >"$work/slurm.conf" <<END
ClusterName=nnu
SlurmctldHost=$name(127.0.0.1)
SlurmctldPort=$ctld_port
SlurmdPort=$slurmd_port
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$work/munge.socket,cred_expire=5
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=batch_sched_delay=0,sched_interval=2
SlurmdParameters=config_overrides
MpiDefault=none
ReturnToService=2
KillWait=15
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
NodeName=$name NodeAddr=127.0.0.1 CPUs=4 State=UNKNOWN
PartitionName=test Nodes=$name Default=YES MaxTime=INFINITE State=UP
END
export SLURM_CONF=$work/slurm.conf

munged --foreground --key-file="$work/munge.key" --socket="$work/munge.socket" \
  --pid-file="$work/munged.pid" --seed-file="$work/munged.seed" --log-file="$work/munged.log" 2>/dev/null &
pids+=($!)
for _ in $(seq 50); do [ -S "$work/munge.socket" ] && break; sleep 0.1; done
slurmctld -D -f "$SLURM_CONF" >"$work/slurmctld.log" 2>&1 &
pids+=($!)
slurmd -D -f "$SLURM_CONF" -N "$name" >"$work/slurmd.log" 2>&1 &
pids+=($!)
for _ in $(seq 100); do
  [ "$(sinfo --noheader --format=%T 2>/dev/null)" = idle ] && break
  sleep 0.2
done
[ "$(sinfo --noheader --format=%T)" = idle ] || fail "Slurm must start, but does not."
echo "test-slurm: $(sinfo --version), one node, on 127.0.0.1"

export NNU_SLURM_PIDS="${pids[*]}"
export DASK_JOBQUEUE__SLURM__INTERFACE=lo
"$python" -m pytest -n 0 "$here" "$@"
