// swift-tools-version: 6.2
// A program with the library: `swift run --package-path tools/examples/swift classify MODEL PICTURE...`
import PackageDescription

let package = Package(
  name: "classify",
  dependencies: [.package(name: "mmrl", path: "../../..")],
  targets: [
    .executableTarget(name: "classify", dependencies: [.product(name: "MMRL", package: "mmrl")])
  ],
  swiftLanguageModes: [.v6]
)
