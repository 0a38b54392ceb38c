// swift-tools-version: 6.2
// Programs that only benchmarks need; they reach nobody who uses the package.
import PackageDescription

let package = Package(
  name: "mmrl-bench",
  dependencies: [.package(name: "mmrl", path: "../..")],
  targets: [
    .executableTarget(
      name: "bench-preprocess", dependencies: [.product(name: "Imaging", package: "mmrl")]),
    .executableTarget(
      name: "bench-camera",
      dependencies: [
        .product(name: "Imaging", package: "mmrl"), .product(name: "Inference", package: "mmrl"),
      ]),
    .executableTarget(
      name: "bench-train", dependencies: [.product(name: "Training", package: "mmrl")]),
  ],
  swiftLanguageModes: [.v6]
)
