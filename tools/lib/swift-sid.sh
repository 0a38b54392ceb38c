# For scripts to source: the Swift that Debian packages (swiftlang of sid, for amd64), unpacked and run without being
# installed. The caller has set `project`, the checkout's absolute path.
#
# sid's packages are unpacked into $mmrl_cache/swift-sid (5 GB, 1 GB of it downloaded, once) and run there by chroot,
# since they need a newer glibc. Needs an amd64 Debian with apt, git and user namespaces; neither root nor a Swift.
# shellcheck shell=bash
mmrl_cache=${XDG_CACHE_HOME:-$HOME/.cache}/mmrl
swift_tree=$mmrl_cache/swift-sid/tree

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

# debian_site: where this system has its own packages.
debian_site() {
  apt-get indextargets --format '$(SITE)' "Created-By: Packages" "Component: main" "Label: Debian" |
    head -n 1
}

# download_packages FOLDER SUITE ARCHITECTURE install|download PACKAGE...: into FOLDER/cache/archives (`install`: with all
# they depend on), by an apt that knows nothing of this system's packages.
download_packages() {
  local apt=$1 suite=$2 architecture=$3 how=$4
  shift 4
  mkdir -p "$apt"/{lists,cache/archives}/partial
  : >"$apt/status"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $(debian_site) $suite main" >"$apt/sources.list"
  # The age of the Release file is not checked, since a mirror may stand still; its signature is.
  cat >"$apt/apt.conf" <<END
Dir::State "$apt"; Dir::State::Lists "$apt/lists"; Dir::State::status "$apt/status"; Dir::Cache "$apt/cache";
Dir::Etc::sourcelist "$apt/sources.list"; Dir::Etc::sourceparts "/dev/null"; Dir::Etc::parts "/dev/null";
Dir::Etc::preferencesparts "/dev/null"; APT::Architecture "$architecture"; APT::Architectures { "$architecture"; };
APT::Install-Recommends "false"; APT::Sandbox::User ""; Debug::NoLocking "true"; Acquire::Languages "none";
Acquire::Check-Valid-Until "false";
END
  APT_CONFIG=$apt/apt.conf apt-get update -qq
  if [ "$how" = download ]; then
    (cd "$apt/cache/archives" && APT_CONFIG=$apt/apt.conf apt-get download -qq "$@")
  else
    APT_CONFIG=$apt/apt.conf apt-get install -y -qq --download-only "$@"
  fi
}

# unpack_packages FOLDER TREE: what was downloaded into FOLDER, into a tree with a merged /usr; no script of a package
# runs.
unpack_packages() {
  local apt=$1 tree=$2 name archive
  mkdir -p "$tree"/{tmp,root,usr/{bin,lib,lib64,sbin}}
  for name in bin lib lib64 sbin; do ln -sfn "usr/$name" "$tree/$name"; done
  for archive in "$apt"/cache/archives/*.deb; do
    dpkg-deb --fsys-tarfile "$archive" | tar -x --keep-directory-symlink --no-same-owner -C "$tree"
  done
}

# libraries: the -dev packages that the project links, those that only a choice of alternatives would bring by name.
libraries() { "$project/tools/install-packages" --list | sed 's/^libopenblas-dev$/libopenblas-pthread-dev/'; }

# prepare_swift: fetches and unpacks it unless that is done.
prepare_swift() {
  if [ "$(dpkg --print-architecture 2>/dev/null)" != amd64 ]; then
    say "this is not an amd64 Debian"
    exit 2
  fi
  # The toolchain, what it calls, and what the project links.
  local packages=(swiftlang swiftlang-dev libc6-dev libstdc++-15-dev binutils-gold pkgconf git ca-certificates) wanted
  packages+=(base-files bash dash coreutils sed grep findutils gawk procps)
  mapfile -t -O ${#packages[@]} packages < <(libraries)
  wanted=$(printf '%s\n' "${packages[@]}")
  [ "$(cat "$mmrl_cache/swift-sid/packages" 2>/dev/null)" != "$wanted" ] || return 0
  say "fetching Swift from Debian sid into $mmrl_cache/swift-sid, once"
  rm -rf "$mmrl_cache/swift-sid"
  download_packages "$mmrl_cache/swift-sid/apt" sid amd64 install "${packages[@]}"
  say "unpacking"
  unpack_packages "$mmrl_cache/swift-sid/apt" "$swift_tree"
  # The package has the module of this library, which tests that use Foundation link, but not the library; nothing in
  # it is called.
  printf '!<arch>\n' >"$swift_tree/usr/libexec/swift/lib/swift/linux/lib_Testing_Foundation.a"
  rm -rf "$mmrl_cache/swift-sid/apt"
  printf '%s\n' "$wanted" >"$mmrl_cache/swift-sid/packages"
}

# inside COMMAND...: in the tree, where the project, and the folders of `swift_shown`, have the paths that they have
# outside.
swift_shown=()
inside() {
  unshare --user --map-root-user --mount bash -euc '
    tree=$1
    show() { mkdir -p "$tree$1"; mount --rbind "$1" "$tree$1"; }
    show /proc
    show /dev
    show /sys
    shift
    while [ "$1" != -- ]; do show "$1"; shift; done
    shift
    # For the packages that the project depends on: the network, or the mirror that git is told of.
    for file in /etc/resolv.conf /etc/gitconfig /etc/passwd; do [ ! -e $file ] || cp -L $file "$tree$file"; done
    [ ! -d /etc/ssl/certs ] || show /etc/ssl/certs
    { git config --get-regexp "^url\..*\.insteadof$" || true; } | sed -n "s|^url\.\(/.*[^/]\)/*\.insteadof .*|\1|p" |
      sort -u | while read -r mirror; do show "$mirror"; done
    exec chroot "$tree" /usr/bin/env -i HOME=/root LANG=C.UTF-8 PATH=/usr/libexec/swift/bin:/usr/bin:/usr/sbin "$@"
  ' _ "$swift_tree" "$project" "${swift_shown[@]}" -- "$@"
}
