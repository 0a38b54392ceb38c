// swift-tools-version: 6.2
// Fuzz targets; tools/fuzz/run builds it with what it needs, and nobody who uses the package gets it.
import PackageDescription

let package = Package(
  name: "mmrl-fuzz",
  products: [
    .executable(name: "fuzz-files", targets: ["fuzz-files"]),
    .executable(name: "fuzz-live", targets: ["fuzz-live"]),
  ],
  dependencies: [
    .package(name: "mmrl", path: "../.."),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
  ],
  targets: [
    .systemLibrary(name: "CFuzzer"),
    .target(name: "FuzzTarget", dependencies: ["CFuzzer"]),
    .executableTarget(
      name: "fuzz-files",
      dependencies: ["FuzzTarget", .product(name: "FileReaders", package: "mmrl")]),
    // Apart, since most of its build is that of NIO.
    .executableTarget(
      name: "fuzz-live",
      dependencies: [
        "FuzzTarget", .product(name: "MessageReaders", package: "mmrl"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOEmbedded", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ]),
  ],
  swiftLanguageModes: [.v6]
)
