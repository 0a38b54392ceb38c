// bench-preprocess SIZE CROPS FILE...   how long the images take to decode and to crop
//
// One line for each file: its path, then milliseconds to decode, to resize and crop, and to decode at
// reduced scale and crop (medians of the rounds in $ROUNDS). Crops are written to the folder CROPS as raw
// bytes, [SIZE, SIZE, 3]: NAME.rgb of the full, NAME.fast.rgb of the reduced decode.
import Foundation
import Imaging

func median(_ values: [Double]) -> Double {
  values.sorted()[values.count / 2]
}

func milliseconds<E: Error>(_ body: () throws(E) -> Void) throws(E) -> Double {
  let clock = ContinuousClock()
  let start = clock.now
  try body()
  return (clock.now - start) / .milliseconds(1)
}

let arguments = CommandLine.arguments.dropFirst()
guard arguments.count >= 3, let size = Int(arguments[1]) else {
  FileHandle.standardError.write(Data("usage: bench-preprocess SIZE CROPS FILE...\n".utf8))
  exit(64)
}
let folder = URL(filePath: arguments[2])
let rounds = ProcessInfo.processInfo.environment["ROUNDS"].flatMap(Int.init) ?? 30

var full = ImageDecoder()
var fast = ImageDecoder()
fast.fastDecodeShortEdge = 2 * size
var cropper = Cropper(Preprocessing(size: size))
var image = Image(width: 1, height: 1)
var crop = Image(width: 1, height: 1)
for path in arguments.dropFirst(2) {
  let file = [UInt8](try Data(contentsOf: URL(filePath: path)))
  let name = URL(filePath: path).deletingPathExtension().lastPathComponent
  var times: [[Double]] = [[], [], []]
  for _ in 0..<rounds {
    times[0].append(try milliseconds { _ = try full.decode(file.span.bytes, into: &image) })
    times[1].append(milliseconds { cropper.crop(image, into: &crop) })
  }
  try Data(crop.pixels).write(to: folder.appending(path: "\(name).rgb"))
  for _ in 0..<rounds {
    times[2].append(
      try milliseconds {
        _ = try fast.decode(file.span.bytes, into: &image)
        cropper.crop(image, into: &crop)
      })
  }
  try Data(crop.pixels).write(to: folder.appending(path: "\(name).fast.rgb"))
  print(([path] + times.map { String(median($0)) }).joined(separator: " "))
}
