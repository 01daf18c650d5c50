#!/usr/bin/env bash
# Installs the gateway or the hub as a service, or brings an installed one to a new version.
#   install.sh edge|hub FOLDER     FOLDER: what 'dotnet publish' wrote
# With DESTDIR set, everything goes below that folder and the running system is left alone (for packages and tests).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=${DESTDIR:-}

die() { echo "install.sh: $*" >&2; exit 1; }
case "${1:-}" in edge | hub) part=$1 ;; *) sed -n '2,4s/^# \{0,1\}//p' "$0" >&2; exit 2 ;; esac
from=${2:-}
name="comako-$part"
[ -f "$from/$name.dll" ] || die "'$from' holds no $name.dll: name the folder that 'dotnet publish' wrote."
[ -n "$root" ] || [ "$(id -u)" -eq 0 ] || die "root is needed: sudo $0 $*"

if [ -z "$root" ]; then
  grep -q libsqlite3.so.0 <(ldconfig -p) || die "the library for SQLite is missing: apt-get install libsqlite3-0"
fi

# Program: beside the old one, then exchanged in one step; the old one stays for update.sh to go back to.
target="$root/usr/lib/comako/$part"
mkdir -p "$root/usr/lib/comako" "$root/usr/local/bin" "$root/etc/comako" "$root/etc/systemd/system" "$root/etc/udev/rules.d"
rm -rf "$target.new"
cp -r "$from" "$target.new"
rm -f "$target.new/$name"
install -m 0755 "$here/launcher" "$target.new/$name"
install -m 0644 "$here/README.md" "$target.new/README.md"
chmod -R u=rwX,go=rX "$target.new"
if [ -e "$target" ]; then
  rm -rf "$target.previous"
  mv "$target" "$target.previous"
fi
mv "$target.new" "$target"
ln -sfn "/usr/lib/comako/$part/$name" "$root/usr/local/bin/$name"
[ -n "$root" ] || "/usr/local/bin/$name" --version >/dev/null || die "$name does not start: is the ASP.NET Core runtime 10.0 installed?"

# Unit and configuration; what a person wrote is never replaced.
install -m 0644 "$here/$name.service" "$root/etc/systemd/system/$name.service"
[ -e "$root/etc/comako/$part.env" ] || install -m "$([ "$part" = hub ] && echo 0600 || echo 0644)" "$here/$part.env" "$root/etc/comako/$part.env" # passwords of the hub's servers
if [ "$part" = edge ]; then
  install -m 0644 "$here/building.example.yaml" "$root/etc/comako/building.example.yaml"
  install -m 0644 "$here/70-comako.rules" "$root/etc/udev/rules.d/70-comako.rules"
  if [ -z "$root" ] && ! systemctl is-enabled --quiet systemd-timesyncd 2>/dev/null; then
    install -D -m 0644 "$here/clock.conf" /etc/systemd/system/comako-edge.service.d/clock.conf
  fi
fi

[ -z "$root" ] || { echo "Installed $name below $root"; exit 0; }
systemctl daemon-reload
systemctl enable --quiet "$name"
if [ "$part" = edge ]; then
  udevadm control --reload && udevadm trigger --subsystem-match=tty --action=change
  [ -e /etc/comako/building.yaml ] || { echo "Next: cp /etc/comako/building.example.yaml /etc/comako/building.yaml, describe the building, 'comako-edge check', 'systemctl start comako-edge'"; exit 0; }
fi
systemctl restart "$name"
echo "$name runs: systemctl status $name"
