# For scripts to source: how the programs are built as they are shipped, whatever builds them: with Swift's libraries inside
# and without what debuggers want, which would be stripped again. Swift's own link options export every symbol, which
# nothing here looks up; without that a megabyte can go. No path of this machine is to stay in them.
# shellcheck shell=bash
shipped=(-c release --static-swift-stdlib -debug-info-format none -Xlinker --no-export-dynamic -Xlinker --icf=safe)
shipped+=(-Xswiftc -file-prefix-map -Xswiftc "$PWD=/mmrl" -Xcc "-ffile-prefix-map=$PWD=/mmrl")
# What is stripped besides: sums over how each file was compiled, of which the compiler alone reads the one, and which the place of
# the build changes. Two builds would differ by them alone.
place_dependent=(-R .swift_modhash -R .note.gnu.build-id)
