# For scripts to source: how the programs are built as they are shipped, whatever builds them: with Swift's libraries inside
# and without what debuggers want, which would be stripped again. Swift's own link options export every symbol, which
# nothing here looks up; without that a megabyte can go. No path of this machine is to stay in them.
# shellcheck shell=bash
shipped=(-c release --static-swift-stdlib -debug-info-format none -Xlinker --no-export-dynamic -Xlinker --icf=safe)
shipped+=(-Xswiftc -file-prefix-map -Xswiftc "$PWD=/mmrl" -Xcc "-ffile-prefix-map=$PWD=/mmrl")
# What is stripped besides: sums over how each file was compiled, of which the compiler alone reads the one, and which the place of
# the build changes. Two builds would differ by them alone.
place_dependent=(-R .swift_modhash -R .note.gnu.build-id)
# libmmrl.so besides: it shows nothing but mmrl.h, so that no program's own Swift meets the one inside; it stays loaded, since Swift's
# runtime cannot be taken back. For a library the build does not ask the linker itself for Swift's libraries inside. By lld, since
# gold leaves names of what is hidden in the table of symbols.
library_link=(-static-stdlib -use-ld=lld -Xlinker "--version-script=$PWD/Sources/CMMRL/libmmrl.map" -Xlinker -soname=libmmrl.so.0)
library_link+=(-Xlinker -z -Xlinker nodelete -Xlinker -z -Xlinker relro -Xlinker -z -Xlinker now)
shipped_library=(--disable-local-rpath)
for word in "${library_link[@]}"; do shipped_library+=(-Xswiftc "$word"); done
pkg_config_file() {  # of a prefix and the folder of the library
  cat <<END
prefix=$1
libdir=$2
includedir=\${prefix}/include

Name: mmrl
Description: says what pictures show, by a model that knows labels by name or by a few photos
Version: $(sed -n 's/.*version = "\(.*\)"/\1/p' Sources/Basics/Release.swift)
Libs: -L\${libdir} -lmmrl
Cflags: -I\${includedir}
END
}
