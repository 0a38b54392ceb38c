# For scripts to source, after swift-sid.sh: 64-bit Arm as a target of Debian's own Swift, on an amd64 Debian. The compiler's
# modules and libraries for Arm are in sid's packages for arm64; with a root file system of Debian 12's -dev packages they are
# a Swift SDK, in $mmrl_cache/arm64.
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
  # As in swift-sid.sh.
  printf '!<arch>\n' >"$sysroot/$swift_own/lib/swift/linux/lib_Testing_Foundation.a"
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

# swift_build_arm ARGUMENTS...: `swift build` for Arm.
swift_build_arm() {
  # 6.2 warns where 6.3 does not.
  inside env PKG_CONFIG_SYSROOT_DIR="$sysroot" PKG_CONFIG_LIBDIR="$sysroot/usr/lib/aarch64-linux-gnu/pkgconfig" \
    swift build --package-path "$project" --swift-sdks-path "$arm/sdks" --swift-sdk debian12 \
    -Xswiftc -no-warnings-as-errors "$@"
}

prepare_swift
prepare_sdk
# Used by `inside`.
# shellcheck disable=SC2034
swift_shown=("$arm")
