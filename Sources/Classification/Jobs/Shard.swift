internal import Basics
internal import ModelFile

/// A part of a job: the images whose paths have a certain hash.
///
/// The hash is XXH64 of the path below the folder that was named, in the bytes that the system has for it, so that all machines agree
/// however the folder is called on them; of a file that was named itself, or by a list, it is that of its whole path, without `./` and
/// doubled slashes. Each image is in one shard; shards are about as large as each other.
package struct Shard: Sendable, Equatable, CustomStringConvertible {
  /// From 0.
  package let index: Int
  /// How many shards there are.
  package let count: Int

  /// A shard; nil where there is no such.
  package init?(_ index: Int, of count: Int) {
    guard count >= 1, (0..<count).contains(index) else { return nil }
    self.index = index
    self.count = count
  }

  /// As `2/8`.
  package var description: String { "\(index)/\(count)" }

  /// Whether an image is in it, by its path below the folder that was named, or the whole path of a file that was named.
  package func contains(_ path: some Sequence<UInt8>) -> Bool {
    let bytes = Self.plain(path)
    return Checksum.xxh64(RawSpan(_elements: bytes.span)) % UInt64(count) == UInt64(index)
  }

  /// Without `.` as a component and without empty components, but for that before the first slash.
  private static func plain(_ path: some Sequence<UInt8>) -> [UInt8] {
    let bytes = Array(path)
    let slash = UInt8(ascii: "/")
    let components = bytes.split(separator: slash).filter { $0 != [UInt8(ascii: ".")] }
    return (bytes.first == slash ? [slash] : []) + Array(components.joined(separator: [slash]))
  }
}
