import Archives
import Basics
import FuzzTarget

/// Finds the members of a tar archive; where they are said to lie has to be in the file.
@Sendable func readArchive(_ bytes: [UInt8]) {
  var reader = TarReader(PathName(InputFile.path(of: bytes)))
  while let member = try? reader.next() {
    if case .bytes(let offset, let count) = member.content {
      precondition(
        offset >= 512 && count >= 0 && count <= bytes.count - offset, "a member outside the file")
    }
  }
}

/// Changes an archive, and makes the sums of its headers fit again, but for one change of eight.
@Sendable func mutateArchive(_ bytes: [UInt8], longest: Int, dice: inout Dice) -> [UInt8] {
  var new = fuzzed(bytes, room: max(0, min(1024, longest - bytes.count)))
  guard Int.random(in: 0..<8, using: &dice) > 0 else { return new }
  for start in stride(from: 0, through: new.count - 512, by: 512) {
    guard new[start + 257..<start + 262].elementsEqual(Array("ustar".utf8)) else { continue }
    for place in start + 148..<start + 156 { new[place] = 0x20 }
    let sum = new[start..<start + 512].reduce(0) { $0 + Int($1) }
    for (index, digit) in String(sum, radix: 8).utf8.enumerated() {
      new[start + 148 + index] = digit
    }
  }
  return new
}
