# For tools/package/build to source: both programs for 64-bit Arm, compiled by Debian's own Swift (tools/lib/swift-arm64.sh) against
# Debian 12's libraries. Leaves them in $staged, stripped, and sets `built`, `compiler`, `emulated`, `admin` and MMRL_SHLIBDEPS.
# shellcheck shell=bash disable=SC2034,SC2154

# For the man pages, which the programs write of themselves, and for what the packages ask for.
tools/install-packages debhelper dpkg-dev qemu-user-static binutils-aarch64-linux-gnu
# shellcheck source=tools/lib/swift-arm64.sh
. tools/lib/swift-arm64.sh
inside clang --target=aarch64-linux-gnu --sysroot="$sysroot" -O2 -fPIC -c -o "$arm/glibc236.o" "$project/tools/package/glibc236.c"
# shellcheck source=tools/lib/shipped.sh
. tools/lib/shipped.sh
built=.build/arm64
for program in mmrl-run mmrl-convert; do
  swift_build_arm "${shipped[@]}" --scratch-path "$project/$built" --product $program -Xlinker "$arm/glibc236.o" >&2
  aarch64-linux-gnu-strip "${place_dependent[@]}" -o "$staged/$program" "$built/release/$program"
done
compiler=$(inside swiftc --version 2>/dev/null)
admin=(--admindir="$arm/dpkg")
emulated=(qemu-aarch64-static -L "$sysroot")
MMRL_SHLIBDEPS="--admindir=$arm/dpkg -l$sysroot/usr/lib/aarch64-linux-gnu -l$sysroot/lib/aarch64-linux-gnu -l$sysroot/usr/lib/aarch64-linux-gnu/openblas-pthread"
