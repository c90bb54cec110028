# shellcheck shell=bash
# A SLURM of two small nodes on this machine's loopback, in ./cluster: start_cluster, stop_cluster.

start_cluster() {
  local user cluster=$PWD/cluster
  user=$(id -un)
  mkdir -p "$cluster"/{run,log,state,spool/n1,spool/n2}
  chmod 755 "$cluster" "$PWD"
  cat >"$cluster/slurm.conf" <<END
ClusterName=tiny
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort=$(free_port)
AuthType=auth/munge
AuthInfo=socket=$cluster/run/munge.sock,cred_expire=5
CredType=cred/munge
SlurmUser=$user
SlurmdUser=$user
StateSaveLocation=$cluster/state
SlurmdSpoolDir=$cluster/spool/%n
SlurmctldPidFile=$cluster/run/slurmctld.pid
SlurmdPidFile=$cluster/run/slurmd-%n.pid
SlurmctldLogFile=$cluster/log/slurmctld.log
SlurmdLogFile=$cluster/log/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
ReturnToService=2
SwitchType=switch/none
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_interval=1,bf_interval=1,sched_min_interval=0
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SlurmdParameters=config_overrides
MailProg=/bin/true
KillWait=5
DependencyParameters=kill_invalid_depend
SlurmctldTimeout=30
SlurmdTimeout=10
MinJobAge=300
NodeName=n1 NodeHostname=localhost NodeAddr=127.0.0.1 Port=$(free_port) CPUs=4 RealMemory=64000 State=UNKNOWN
NodeName=n2 NodeHostname=localhost NodeAddr=127.0.0.1 Port=$(free_port) CPUs=4 RealMemory=64000 State=UNKNOWN
PartitionName=main Nodes=n[1-2] Default=YES MaxTime=INFINITE State=UP
END
  # slurmd loads a plugin for control groups though none are used here. Its own choice asks for a mounted
  # /sys/fs/cgroup since 24.11, which a container may not have; this one asks for nothing.
  echo "CgroupPlugin=cgroup/v1" >"$cluster/cgroup.conf"
  export SLURM_CONF=$cluster/slurm.conf
  dd if=/dev/urandom bs=1 count=1024 of="$cluster/munge.key" 2>/dev/null
  chmod 400 "$cluster/munge.key"
  munged -F --key-file="$cluster/munge.key" --socket="$cluster/run/munge.sock" --pid-file="$cluster/run/munged.pid" \
    --log-file="$cluster/log/munged.log" --seed-file="$cluster/run/munged.seed" --num-threads=2 &>"$cluster/log/out" &
  munged_pid=$!
  wait_until "$munged_pid" [ -S "$cluster/run/munge.sock" ]
  slurmctld -D -f "$SLURM_CONF" &>>"$cluster/log/out" &
  daemons=($!)
  slurmd -D -N n1 -f "$SLURM_CONF" &>>"$cluster/log/out" &
  daemons+=($!)
  slurmd -D -N n2 -f "$SLURM_CONF" &>>"$cluster/log/out" &
  daemons+=($!)
  wait_until "$munged_pid" nodes_are_idle
}
nodes_are_idle() {
  local pid
  for pid in "${daemons[@]}"; do
    kill -0 "$pid" 2>/dev/null || fail "a daemon of SLURM ended: $(grep -h error cluster/log/slurm* | tail -3)"
  done
  [ "$(sinfo -h -N -o %t 2>/dev/null | grep -c '^idle$')" = 2 ]
}

# Jobs first: a daemon that is stopped leaves its jobs behind.
stop_cluster() {
  local pid
  if [ -n "${daemons[*]:-}" ]; then
    scancel --me 2>/dev/null || true
    for _ in $(seq 300); do
      [ -n "$(squeue -h 2>/dev/null)" ] || break
      sleep 0.2
    done
  fi
  for pid in "${daemons[@]:1}" "${daemons[0]:-}" "${munged_pid:-}"; do
    [ -n "$pid" ] || continue
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  # A step that outlives its daemon ignores TERM.
  for pid in $(pgrep -x slurmstepd || true); do
    ! tr '\0' '\n' 2>/dev/null <"/proc/$pid/environ" | grep -qF "$SLURM_CONF" || kill -KILL "$pid" 2>/dev/null || true
  done
  daemons=() munged_pid=
}
