#!/usr/bin/env bash
# Removes the gateway or the hub. Data and configuration stay unless you say otherwise.
#   uninstall.sh edge|hub [--delete-data]
# Without --delete-data it asks; where nobody can answer, data stays.
set -euo pipefail
root=${DESTDIR:-}
case "${1:-}" in edge | hub) part=$1 ;; *) sed -n '2,4s/^# \{0,1\}//p' "$0" >&2; exit 2 ;; esac
case "${2:-}" in '' | --delete-data) ;; *) echo "uninstall.sh: '$2' is not known." >&2; exit 2 ;; esac
name="comako-$part"
[ -n "$root" ] || [ "$(id -u)" -eq 0 ] || { echo "uninstall.sh: root is needed: sudo $0 $*" >&2; exit 1; }

[ -n "$root" ] || systemctl disable --now --quiet "$name" 2>/dev/null || true
rm -rf "$root/usr/lib/comako/$part" "$root/usr/lib/comako/$part.previous" "$root/usr/lib/comako/$part.failed" "$root/etc/systemd/system/$name.service.d"
rm -f "$root/usr/local/bin/$name" "$root/etc/systemd/system/$name.service"
[ "$part" = hub ] || rm -f "$root/etc/udev/rules.d/70-comako.rules" "$root/etc/comako/building.example.yaml"
[ -n "$root" ] || systemctl daemon-reload

data=()
for folder in "$root/var/lib/private/$name" "$root/var/lib/$name" "$root/var/log/private/$name" "$root/var/log/$name"; do
  if [ -e "$folder" ] || [ -L "$folder" ]; then data+=("$folder"); fi
done
if [ ${#data[@]} -eq 0 ]; then echo "$name is removed."; exit 0; fi
answer=no
if [ "${2:-}" = --delete-data ]; then answer=delete
elif [ -t 0 ]; then
  echo "The data of $name is still there: ${data[*]}"
  [ "$part" = edge ] && echo "Totals that the hub has not acknowledged exist nowhere else."
  read -r -p "Write 'delete' to delete it for good, anything else keeps it: " answer
fi
if [ "$answer" = delete ]; then
  rm -rf "${data[@]}"
  echo "$name and its data are removed; configuration stays in /etc/comako."
else
  echo "$name is removed; its data stays in ${data[0]}, configuration in /etc/comako."
fi
