# For tools/package/build to source: both programs for 64-bit Arm, compiled by Debian's own Swift (tools/lib/swift-sid.sh) against
# Debian 12's libraries. Leaves them in $staged, stripped, and sets `checkouts`, `emulated` and MMRL_SHLIBDEPS.
#
# The same compiler's modules and static libraries for Arm are in sid's packages for arm64; with a root file system of
# Debian 12's -dev packages they are a Swift SDK, in $mmrl_cache/arm64.
# shellcheck shell=bash disable=SC2154
arm=$mmrl_cache/arm64
sdk=$arm/sdks/debian12.artifactbundle
sysroot=$sdk/arm64/sysroot
swift_own=usr/libexec/swift

# What is fetched and unpacked is so once.
prepare_sdk() {
  local packages link archive
  mapfile -t packages < <(libraries | sed '/^pkg-config$/d')
  packages+=(libc6-dev linux-libc-dev libstdc++-12-dev)
  [ "$(cat "$arm/packages" 2>/dev/null)" != "${packages[*]}" ] || return 0
  say "fetching Debian 12 and Swift's libraries for arm64 into $arm, once"
  rm -rf "$arm"
  download_packages "$arm/debian" bookworm arm64 install "${packages[@]}"
  download_packages "$arm/swift" sid arm64 download swiftlang libswiftlang
  mkdir -p "$sdk/arm64"
  unpack_packages "$arm/debian" "$sysroot"
  for archive in "$arm"/swift/cache/archives/*.deb; do
    dpkg-deb --fsys-tarfile "$archive" | tar -x --no-same-owner -C "$sysroot" --wildcards "./$swift_own/lib/*/*"
  done
  # No link may lead out of it.
  (cd "$sysroot" && find . -type l -lname '/*' | while read -r link; do
    ln -sfn "$(realpath -ms --relative-to="$(dirname "$link")" ".$(readlink "$link")")" "$link"
  done)
  ln -sfn "../libexec/swift/lib/swift" "$sysroot/usr/lib/swift"
  ln -sfn "../libexec/swift/lib/swift_static" "$sysroot/usr/lib/swift_static"
  # What update-alternatives would have linked.
  (cd "$sysroot/usr/lib/aarch64-linux-gnu" && ln -sf openblas-pthread/libopenblas.so{,.0} . && ln -sf ../openblas-pthread/pkgconfig/openblas.pc pkgconfig/)
  (cd "$sysroot/usr/include/aarch64-linux-gnu" && ln -sf openblas-pthread/*.h .)
  cat >"$sdk/arm64/toolset.json" <<END
{ "schemaVersion": "1.0", "rootPath": "/$swift_own/bin",
  "swiftCompiler": { "extraCLIOptions": ["-use-ld=lld"] }, "linker": { "path": "ld.lld" } }
END
  cat >"$sdk/arm64/swift-sdk.json" <<END
{ "schemaVersion": "4.0", "targetTriples": { "aarch64-unknown-linux-gnu": {
  "sdkRootPath": "sysroot", "swiftResourcesPath": "sysroot/$swift_own/lib/swift",
  "swiftStaticResourcesPath": "sysroot/$swift_own/lib/swift_static", "toolsetPaths": ["toolset.json"] } } }
END
  cat >"$sdk/info.json" <<END
{ "schemaVersion": "1.0", "artifacts": { "debian12": { "type": "swiftSDK", "version": "1", "variants": [{ "path": "arm64" }] } } }
END
  # What dpkg would know of these packages, had it installed them where they lie.
  mkdir -p "$arm/dpkg/info"
  echo 1 >"$arm/dpkg/info/format"
  : >"$arm/dpkg/status"
  for archive in "$arm"/debian/cache/archives/*.deb; do
    local control name
    control=$(mktemp -d)
    dpkg-deb --control "$archive" "$control"
    name=$(sed -n 's/^Package: //p' "$control/control")
    ! grep -q '^Multi-Arch: same' "$control/control" || name+=:arm64
    sed '1a Status: install ok installed' "$control/control" >>"$arm/dpkg/status"
    echo >>"$arm/dpkg/status"
    dpkg-deb --fsys-tarfile "$archive" | tar -t | sed "s|^\\.|$sysroot|; s|/\$||" >"$arm/dpkg/info/$name.list"
    for file in symbols shlibs md5sums; do
      [ ! -e "$control/$file" ] || cp "$control/$file" "$arm/dpkg/info/$name.$file"
    done
    rm -r "$control"
  done
  printf '%s' "${packages[*]}" >"$arm/packages"
}

# For the man pages, which the programs write of themselves, and for what the packages ask for.
tools/install-packages debhelper dpkg-dev qemu-user-static binutils-aarch64-linux-gnu
prepare_swift
prepare_sdk
swift_shown=("$arm")
inside clang --target=aarch64-linux-gnu --sysroot="$sysroot" -O2 -fPIC -c -o "$arm/glibc236.o" "$project/tools/package/glibc236.c"
# shellcheck source=tools/lib/shipped.sh
. tools/lib/shipped.sh
for program in mmrl-run mmrl-convert; do
  # 6.2 warns where 6.3 does not.
  inside env PKG_CONFIG_SYSROOT_DIR="$sysroot" PKG_CONFIG_LIBDIR="$sysroot/usr/lib/aarch64-linux-gnu/pkgconfig" \
    swift build "${shipped[@]}" --package-path "$project" --scratch-path "$project/.build/arm64" \
    --swift-sdks-path "$arm/sdks" --swift-sdk debian12 --product $program \
    -Xswiftc -no-warnings-as-errors -Xlinker "$arm/glibc236.o" >&2
  aarch64-linux-gnu-strip -o "$staged/$program" ".build/arm64/release/$program"
done
checkouts=.build/arm64/checkouts
emulated=(qemu-aarch64-static -L "$sysroot")
MMRL_SHLIBDEPS="--admindir=$arm/dpkg -l$sysroot/usr/lib/aarch64-linux-gnu -l$sysroot/lib/aarch64-linux-gnu -l$sysroot/usr/lib/aarch64-linux-gnu/openblas-pthread"
