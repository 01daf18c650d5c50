#!/usr/bin/env bash
# Runs the GPIO tests on a real kernel with gpio-sim inside QEMU, for machines whose own kernel has none. About three minutes; needs root for apt-get.
# Debian's kernel has the GPIO character device but neither gpio-sim nor the simulated interrupts behind it: both are built as one module from its source.
# usage: gpio_kernel.sh   (after the tests were built in Release)
set -euo pipefail
here=$(cd "$(dirname "$0")/../../.." && pwd)
dll=$here/artifacts/bin/CoMaKo.Devices.Tests/release/CoMaKo.Devices.Tests.dll
[ -f "$dll" ] || { echo "Build first: dotnet build tests/CoMaKo.Devices.Tests -c Release"; exit 1; }
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"

image=$(apt-cache depends linux-image-amd64 | awk '/Depends/ {print $2; exit}')
release=${image#linux-image-}
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends qemu-system-x86 busybox-static make gcc "linux-headers-$release" >/dev/null
apt-get download -qq "$image" linux-source-6.1 2>/dev/null
dpkg-deb -x "$image"_*.deb kernel
mkdir module
dpkg-deb --fsys-tarfile linux-source-*.deb | tar -xO ./usr/src/linux-source-6.1.tar.xz \
  | tar -xJ -C module --strip-components=1 --wildcards '*/drivers/gpio/gpio-sim.c' '*/drivers/gpio/gpiolib.h' '*/kernel/irq/irq_sim.c'
mv module/drivers/gpio/gpio-sim.c module/gpio_sim_main.c
mv module/drivers/gpio/gpiolib.h module/kernel/irq/irq_sim.c module/
# Inside one module nothing is exported, and the kernel offers no irq_to_desc to modules.
sed -i 's/EXPORT_SYMBOL_GPL(.*);//; s/handle_simple_irq(irq_to_desc(irqnum));/generic_handle_irq(irqnum);/' module/irq_sim.c
printf 'obj-m := gpio-sim.o\ngpio-sim-objs := gpio_sim_main.o irq_sim.o\nccflags-y := -DCONFIG_IRQ_SIM=1\n' > module/Makefile
make -s -C "/usr/src/linux-headers-$release" M="$work/module" modules

mkdir -p root/{bin,proc,sys,dev,new,mods}
cp "$(command -v busybox)" root/bin/
modules="virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci 9pnet 9pnet_virtio netfs fscache 9p configfs"
for module in $modules; do find kernel -name "$module.ko" -exec cp {} root/mods/ \;; done
cp module/gpio-sim.ko root/mods/
cat > root/init <<INIT
#!/bin/busybox sh
export PATH=/bin
/bin/busybox --install -s /bin
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev
for pass in 1 2 3; do for m in $modules gpio-sim; do insmod /mods/\$m.ko 2>/dev/null; done; done
mount -t 9p -o trans=virtio,version=9p2000.L,ro,msize=512000,cache=loose root /new
mount -t proc proc /new/proc; mount -t sysfs sys /new/sys; mount -t devtmpfs dev /new/dev
mkdir -p /new/dev/shm; for d in tmp dev/shm root; do mount -t tmpfs tmp /new/\$d; done
ifconfig lo 127.0.0.1 up
mount -t configfs config /new/sys/kernel/config
chroot /new /usr/bin/env HOME=/root DOTNET_CLI_HOME=/tmp PATH=/usr/bin:/bin sh -c 'cd /tmp && dotnet vstest $dll --TestCaseFilter:"FullyQualifiedName~GpioContractTests.Kernel_" --logger:"console;verbosity=normal"; echo "exit code: \$?"'
poweroff -f
INIT
chmod +x root/init
(cd root && find . | busybox cpio -o -H newc 2>/dev/null | gzip -1) > initrd.gz
timeout 900 qemu-system-x86_64 -accel tcg -m 3000 -smp 1 -display none -monitor none -nic none -no-reboot -serial file:serial.log \
  -kernel "kernel/boot/vmlinuz-$release" -initrd initrd.gz -append "console=ttyS0 quiet panic=-1 no_timer_check" \
  -virtfs local,path=/,mount_tag=root,security_model=none,readonly=on,multidevs=remap
grep -aE "Passed|Failed|Skipped|Total tests|exit code" serial.log
grep -aq "exit code: 0" serial.log
