// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]
let tool: [SwiftSetting] = [
  .treatAllWarnings(as: .error), .enableUpcomingFeature("ExistentialAny"),
]
// Tests whose time goes into waiting for others: optimising them would take longer than they run.
let unoptimised: [SwiftSetting] = [.unsafeFlags(["-Onone"])]
let warnings: [CSetting] = [
  .enableWarning("all"), .enableWarning("extra"), .treatAllWarnings(as: .error),
]
let arguments: Target.Dependency = .product(
  name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
  name: "mmrl",
  products: [
    .executable(name: "mmrl-run", targets: ["mmrl-run"]),
    .executable(name: "mmrl-convert", targets: ["mmrl-convert"]),
    .library(name: "MMRL", targets: ["MMRL"]),
    .library(name: "mmrl", type: .dynamic, targets: ["LibMMRL"]),
    .library(name: "Imaging", targets: ["Imaging"]),  // for tools/bench
    .library(name: "Inference", targets: ["Inference", "ModelFile"]),  // for tools/bench
    .library(name: "Training", targets: ["Training", "CLIPModel", "FloatMath"]),  // for tools/bench
    .library(  // for tools/fuzz
      name: "FileReaders",
      targets: [
        "Archives", "CLIPModel", "Capture", "Checkpoints", "Imaging", "ModelFile", "Protocols",
        "Tokenization", "Training", "YAML",
      ]),
    .library(name: "MessageReaders", targets: ["LiveMQTT", "LiveServer"]),  // for tools/fuzz
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
  ],
  targets: [
    // System libraries: a module map and a shim each.
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(name: "CSPNG", pkgConfig: "spng", providers: [.apt(["libspng-dev"])]),
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(
      name: "CMosquitto", pkgConfig: "libmosquitto", providers: [.apt(["libmosquitto-dev"])]),
    .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
    // Header only, hence without pkg-config: nothing to link.
    .systemLibrary(name: "CXXHash", providers: [.apt(["libxxhash-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    // C of our own: SIMD kernels, and what Swift cannot call (setjmp, variadic ioctl).
    .target(name: "CInstructionSets", cSettings: warnings),
    .target(name: "CKernels", dependencies: ["CInstructionSets"], cSettings: warnings),
    .target(name: "CThreads", cSettings: warnings),
    .target(name: "CFloatKernels", dependencies: ["CInstructionSets"], cSettings: warnings),
    .target(
      name: "CImaging", dependencies: ["CInstructionSets"], cSettings: warnings,
      linkerSettings: [.linkedLibrary("jpeg")]),
    .target(name: "CV4L2", cSettings: warnings, linkerSettings: [.linkedLibrary("v4lconvert")]),
    .target(name: "CProcess", cSettings: warnings),
    .target(name: "CCurl", cSettings: warnings, linkerSettings: [.linkedLibrary("curl")]),
    // What the system offers, for all other targets: no Foundation.
    .target(name: "Basics", dependencies: ["CProcess"], swiftSettings: strict),
    // The edge side: no Foundation, no OpenBLAS.
    .target(name: "Tokenization", swiftSettings: strict),
    .target(name: "Archives", dependencies: ["Basics"], swiftSettings: strict),
    .target(
      name: "ModelFile", dependencies: ["Basics", "CZstd", "CXXHash"], exclude: ["FORMAT.md"],
      swiftSettings: strict),
    .target(
      name: "Imaging", dependencies: ["Basics", "CImaging", "CSPNG", "CZlib"],
      swiftSettings: strict),
    .target(name: "Capture", dependencies: ["Basics", "CV4L2", "Imaging"], swiftSettings: strict),
    .target(
      name: "HTTPCapture",
      dependencies: [
        "Basics", "Capture",
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
      ],
      swiftSettings: strict),
    .target(
      name: "Inference", dependencies: ["Basics", "CKernels", "CThreads", "ModelFile", "Imaging"],
      exclude: ["ARITHMETIC.md"], swiftSettings: strict),
    .target(
      name: "Classification",
      dependencies: [
        "Archives", "Basics", "Calibration", "Inference", "Imaging", "ModelFile", "Tokenization",
      ],
      exclude: ["ANSWER.md"], swiftSettings: strict),
    .target(
      name: "Labelling",
      dependencies: ["Basics", "Calibration", "Inference", "ModelFile", "Tokenization"],
      swiftSettings: strict),
    .target(name: "Calibration", swiftSettings: strict),
    .target(
      name: "MMRL",
      dependencies: [
        "Basics", "Classification", "Imaging", "Inference", "Labelling", "ModelFile",
        "Tokenization",
      ],
      swiftSettings: strict),
    // Its header, for C: what libmmrl.so offers.
    .systemLibrary(name: "CMMRL"),
    .target(name: "LibMMRL", dependencies: ["Basics", "CMMRL", "MMRL"], swiftSettings: strict),
    .target(name: "YAML", dependencies: ["CYAML"], swiftSettings: strict),
    .target(
      name: "Live",
      dependencies: [
        "Basics", "Classification", "Capture", "HTTPCapture", "Imaging", "ModelFile",
      ],
      swiftSettings: strict),
    .target(
      name: "LiveTeaching",
      dependencies: [
        "Basics", "Capture", "Classification", "Imaging", "Inference", "Labelling", "Live",
        "ModelFile", "Tokenization",
      ],
      swiftSettings: strict),
    .target(
      name: "LiveSaving",
      dependencies: ["Basics", "Capture", "Classification", "Imaging", "Live", "ModelFile"],
      swiftSettings: strict),
    .target(
      name: "LiveServer",
      dependencies: [
        "Basics", "Live", "LiveSaving", "LiveTeaching", "Classification", "Capture", "Imaging",
        "ModelFile",
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
      ],
      resources: [.embedInCode("Page"), .embedInCode("openapi.json")], swiftSettings: strict),
    .target(
      name: "LiveMQTT",
      dependencies: ["Basics", "Live", "Classification", "Capture", "Imaging", "CMosquitto"],
      swiftSettings: strict),
    .executableTarget(
      name: "mmrl-run",
      dependencies: [
        "Basics", "Calibration", "Classification", "Live", "LiveMQTT", "LiveSaving", "LiveServer",
        "LiveTeaching", "Capture", "Inference", "Imaging", "Labelling", "ModelFile", "YAML",
        arguments,
      ],
      swiftSettings: strict),
    // The offline side.
    .target(name: "Checkpoints", dependencies: ["Basics"], swiftSettings: strict),
    .target(
      name: "FloatMath", dependencies: ["Basics", "COpenBLAS", "CFloatKernels"],
      swiftSettings: strict),
    .target(
      name: "CLIPModel",
      dependencies: [
        "Basics", "Checkpoints", "FloatMath", "Imaging", "Tokenization", "CCrypto", "CZlib",
      ],
      swiftSettings: strict),
    .target(
      name: "Downloads", dependencies: ["Basics", "CCurl", "CLIPModel"], swiftSettings: strict),
    .target(
      name: "Quantization",
      dependencies: ["CLIPModel", "FloatMath", "Imaging", "ModelFile", "Tokenization"],
      swiftSettings: strict),
    .target(
      name: "Training",
      dependencies: [
        "Basics", "CLIPModel", "Calibration", "Checkpoints", "FloatMath", "Imaging", "ModelFile",
        "Tokenization",
      ],
      swiftSettings: strict),
    .target(
      name: "Protocols",
      dependencies: ["Basics", "CLIPModel", "FloatMath", "Imaging", "Tokenization", "Training"],
      resources: [.embedInCode("Datasets")], swiftSettings: strict),
    .executableTarget(
      name: "mmrl-convert",
      dependencies: [
        "Basics", "CLIPModel", "Calibration", "Downloads", "Quantization", "Training", "Protocols",
        "FloatMath", "Inference", "Checkpoints", "Imaging", "Labelling", "ModelFile",
        "Tokenization", arguments,
        .product(name: "Mustache", package: "swift-mustache"),
      ],
      resources: [.embedInCode("Report/Templates"), .embedInCode("Words")], swiftSettings: strict),
    // Tests: one file for each source file; what they share is TestSupport.
    .target(name: "CAllocations", path: "Tests/CAllocations", cSettings: warnings),
    .target(
      name: "TestSupport", dependencies: ["ModelFile", "CAllocations"], path: "Tests/TestSupport",
      exclude: ["Fixtures"]),
    .testTarget(
      name: "BasicsTests", dependencies: ["Basics", "TestSupport"], swiftSettings: unoptimised),
    .testTarget(
      name: "ArchivesTests", dependencies: ["Archives", "Basics", "TestSupport"],
      swiftSettings: unoptimised),
    // What is checked of our own C, without Swift: tools/arm-kernels runs it under an emulator, too.
    .target(
      name: "KernelChecks", dependencies: ["CKernels", "CFloatKernels", "CThreads", "CImaging"],
      path: "Tests/KernelChecks", cSettings: warnings),
    .testTarget(
      name: "CKernelsTests",
      dependencies: ["KernelChecks", "CKernels", "CFloatKernels", "CImaging", "TestSupport"]),
    .testTarget(
      name: "ModelFileTests", dependencies: ["Basics", "ModelFile", "CZstd", "TestSupport"],
      exclude: ["Fixtures"], swiftSettings: unoptimised),
    .testTarget(
      name: "ImagingTests", dependencies: ["Imaging", "Checkpoints", "TestSupport"],
      exclude: ["Fixtures"]),
    .testTarget(
      name: "CaptureTests", dependencies: ["Capture", "Basics", "Imaging", "TestSupport"],
      exclude: ["Fixtures"], swiftSettings: unoptimised),
    .testTarget(
      name: "HTTPCaptureTests",
      dependencies: ["HTTPCapture", "Basics", "Capture", "Imaging", "TestSupport"],
      swiftSettings: unoptimised),
    .testTarget(
      name: "LiveTeachingTests",
      dependencies: [
        "LiveTeaching", "Basics", "Classification", "Imaging", "Live", "ModelFile", "TestSupport",
      ], swiftSettings: unoptimised),
    .testTarget(
      name: "LiveSavingTests",
      dependencies: [
        "LiveSaving", "Basics", "Capture", "Classification", "Imaging", "Live", "TestSupport",
      ], swiftSettings: unoptimised),
    .testTarget(
      name: "LiveServerTests",
      dependencies: [
        "LiveServer", "Live", "LiveSaving", "LiveTeaching", "Classification", "Capture", "Imaging",
        "Inference", "ModelFile", "TestSupport",
        .product(name: "NIOCore", package: "swift-nio"),
      ], swiftSettings: unoptimised),
    .testTarget(
      name: "LiveMQTTTests",
      dependencies: [
        "LiveMQTT", "Live", "Basics", "Classification", "Capture", "Imaging", "TestSupport",
      ], swiftSettings: unoptimised),
    .testTarget(
      name: "ClassificationTests",
      dependencies: [
        "Classification", "Basics", "Calibration", "Inference", "Imaging", "ModelFile",
        "TestSupport",
      ], swiftSettings: unoptimised),
    .testTarget(
      name: "LiveTests",
      dependencies: [
        "Live", "Basics", "Classification", "Capture", "Inference", "Imaging", "ModelFile",
        "TestSupport",
      ], swiftSettings: unoptimised),
    .testTarget(
      name: "MMRLTests",
      dependencies: ["MMRL", "LibMMRL", "CMMRL", "ModelFile", "TestSupport"],
      swiftSettings: unoptimised),
    .testTarget(name: "YAMLTests", dependencies: ["YAML"], swiftSettings: unoptimised),
    .testTarget(
      name: "InferenceTests", dependencies: ["Inference", "ModelFile", "Imaging", "TestSupport"]),
    .testTarget(
      name: "TokenizationTests", dependencies: ["Tokenization", "TestSupport"]),
    .testTarget(
      name: "LabellingTests",
      dependencies: [
        "Labelling", "CLIPModel", "FloatMath", "Inference", "ModelFile", "Tokenization", "Training",
        "TestSupport",
      ], swiftSettings: unoptimised),
    .testTarget(
      name: "CheckpointsTests", dependencies: ["Checkpoints", "TestSupport"],
      exclude: ["Fixtures"], swiftSettings: unoptimised),
    .testTarget(name: "FloatMathTests", dependencies: ["FloatMath", "TestSupport"]),
    .target(
      name: "CLIPTestSupport",
      dependencies: ["CLIPModel", "Checkpoints", "FloatMath", "TestSupport"],
      path: "Tests/CLIPTestSupport", exclude: ["Fixtures"]),
    .testTarget(
      name: "CLIPModelTests",
      dependencies: [
        "Basics", "CLIPModel", "Checkpoints", "FloatMath", "Imaging", "Tokenization",
        "CLIPTestSupport", "TestSupport",
      ],
      exclude: ["Fixtures"]),
    .testTarget(
      name: "QuantizationTests",
      dependencies: [
        "Quantization", "CLIPModel", "Inference", "FloatMath", "Imaging", "Labelling", "ModelFile",
        "Tokenization", "CLIPTestSupport", "TestSupport",
      ]),
    .testTarget(
      name: "TrainingTests",
      dependencies: [
        "Training", "CLIPModel", "Calibration", "Checkpoints", "FloatMath", "Imaging",
        "ModelFile", "Tokenization", "CLIPTestSupport", "TestSupport",
      ]),
    .testTarget(
      name: "ProtocolsTests",
      dependencies: ["Protocols", "Training", "CLIPModel", "Tokenization", "TestSupport"],
      swiftSettings: unoptimised),
    .testTarget(
      name: "ConvertTests",
      dependencies: ["mmrl-convert", "Calibration", "Training", "TestSupport"],
      swiftSettings: unoptimised),
    .testTarget(
      name: "CommandTests",
      dependencies: ["Inference", "Imaging", "MMRL", "ModelFile", "TestSupport"],
      swiftSettings: unoptimised),
  ],
  swiftLanguageModes: [.v6]
)

// For tools/sanitize: targets that it would build for nothing.
let leftOut = Set(
  (Context.environment["MMRL_LEAVE_OUT"] ?? "").split(separator: " ").map(String.init))
package.products.removeAll { leftOut.contains($0.name) }
package.targets.removeAll { leftOut.contains($0.name) }
