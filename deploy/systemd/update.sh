#!/usr/bin/env bash
# Brings an installed gateway or hub to a new version and goes back by itself if the new one does not come up.
#   update.sh edge|hub FOLDER     FOLDER: what 'dotnet publish' wrote
# The data of one version can be read by the version before it, so going back loses nothing.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
case "${1:-}" in edge | hub) part=$1 ;; *) sed -n '2,4s/^# \{0,1\}//p' "$0" >&2; exit 2 ;; esac
target="/usr/lib/comako/$part" name="comako-$part"
[ -d "$target" ] || { echo "update.sh: $name is not installed; use install.sh." >&2; exit 1; }

# The unit tells the service manager when it is ready; a watchdog bite within the first minute counts as failure too.
stays_up() {
  local pid
  systemctl is-active --quiet "$name" || return 1
  pid=$(systemctl show -p MainPID --value "$name")
  sleep 60
  systemctl is-active --quiet "$name" && [ "$(systemctl show -p MainPID --value "$name")" = "$pid" ]
}

if "$here/install.sh" "$part" "${2:-}" && stays_up; then
  echo "$name is up to date."
  exit 0
fi
[ -d "$target.previous" ] || { echo "update.sh: the new version does not run and there is none to go back to: journalctl -u $name" >&2; exit 1; }
echo "update.sh: the new version does not run; going back. What it said: journalctl -u $name" >&2
rm -rf "$target.failed"
mv "$target" "$target.failed"
mv "$target.previous" "$target"
systemctl restart "$name"
exit 1
