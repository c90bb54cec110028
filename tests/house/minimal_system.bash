# shellcheck shell=bash
# A minimal system of a Debian release in a folder, made by debootstrap from the mirror that this machine's apt uses.
#   minimal_system RELEASE [FOLDER]    makes it; its folder is then $system. A FOLDER that already holds one is used
#                                      again, and stays; without FOLDER it is a temporary one, removed at the end.
#   in_system COMMAND...               runs a command there, as root, with /proc, /sys, /dev/pts and /dev/shm
#   system_binds=(FROM:TO ...)         folders of this machine that commands see there, FROM as the absolute path TO
# Commands run in namespaces of their own: what is mounted for them, and what they leave running, ends with them, however
# they end. So the folder never holds a mount that anyone else sees, and can be removed at any time.

system_binds=()

minimal_system() {
  local release=$1 mirror include=() made log
  [ "$(id -u)" = 0 ] || { echo "a minimal system is made by root alone" >&2; exit 2; }
  command -v debootstrap >/dev/null || { echo "debootstrap is missing: apt-get install debootstrap" >&2; exit 2; }
  # shellcheck disable=SC2016
  mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' | sort -u |
           head -1)
  [ "$mirror" ] || { echo "apt knows no mirror of Debian: apt-get update, or look at /etc/apt/sources.list" >&2; exit 2; }
  case $mirror in https:*) include=(--include=ca-certificates) ;; esac

  if [ "${2:-}" ]; then
    system=$(realpath -m "$2")
    made=$(cat "$system/etc/minimal-system" 2>/dev/null) || made=
    [ "$made" != "$release" ] || return 0
    [ -z "$(ls -A "$system" 2>/dev/null)" ] ||
      { echo "$2 is not empty and holds no minimal system of $release: remove it, or name another folder" >&2; exit 2; }
    mkdir -p "$system"
    # The folder's name is written into the traps, and no mount is ever followed.
    # shellcheck disable=SC2064
    trap "[ -e '$system/etc/minimal-system' ] || rm -rf --one-file-system '$system'" EXIT
  else
    system=$(mktemp -d)
    # shellcheck disable=SC2064
    trap "rm -rf --one-file-system '$system'" EXIT
  fi
  chmod 755 "$system" # apt downloads as a user of its own
  echo "making a minimal system of $release in $system"
  log=$(unshare --mount --pid --fork --kill-child \
    debootstrap --variant=minbase "${include[@]}" "$release" "$system" "$mirror" 2>&1) || { tail <<<"$log" >&2; exit 1; }
  # Its apt reaches the mirror as ours does (a proxy, a snapshot of the past), and asks nothing.
  apt-config dump Acquire::http Acquire::https Acquire::Check-Valid-Until Acquire::Check-Date \
    >"$system/etc/apt/apt.conf.d/90minimal-system"
  cat >>"$system/etc/apt/apt.conf.d/90minimal-system" <<'CONF'
APT::Install-Recommends "false";
APT::Get::Assume-Yes "true";
Dpkg::Use-Pty "false";
quiet "1";
CONF
  # Packages start no services there.
  printf '#!/bin/sh\nexit 101\n' >"$system/usr/sbin/policy-rc.d"
  chmod +x "$system/usr/sbin/policy-rc.d"
  in_system apt-get update
  echo "$release" >"$system/etc/minimal-system"
}

# Locales, homes and settings of this machine are not the system's.
in_system() {
  # shellcheck disable=SC2016
  unshare --mount --pid --fork --kill-child --mount-proc="$system/proc" sh -euc '
    system=$1
    shift
    # Its root is a mount, or commands there could have no namespaces of their own.
    mount --rbind "$system" "$system"
    mount -t sysfs -o ro sysfs "$system/sys"
    mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 devpts "$system/dev/pts"
    mount -t tmpfs tmpfs "$system/dev/shm"
    while [ "$1" != -- ]; do
      mkdir -p "$system${1#*:}"
      mount --bind "${1%%:*}" "$system${1#*:}"
      shift
    done
    shift
    # This shell stays: it is the first process there, which takes no signal and buries what others leave.
    env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
      ${TERM:+TERM="$TERM"} DEBIAN_FRONTEND=noninteractive chroot "$system" "$@" || exit
  ' in_system "$system" "${system_binds[@]}" -- "$@"
}
