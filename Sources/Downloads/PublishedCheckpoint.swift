/// A published CLIP that can be fetched by name.
public struct PublishedCheckpoint: Sendable {
  /// `owner/model`, as the model hub has it.
  public let name: String
  /// What it is also called, as in OpenAI's own code.
  public let alias: String?
  /// Image tower and size of its pictures.
  public let tower: String
  /// Bytes of its weights; of those without pinned files, about.
  public let bytes: Int
  /// The licence of the weights.
  public let licence: String
  /// The files with their checksums, of one revision; nil where the server is asked for both.
  let pinned: Revision?

  /// A state of a model's files.
  struct Revision: Sendable {
    /// The commit.
    let commit: String
    let files: [RemoteFile]
  }

  /// The CLIPs that are known by name, in the order in which people meet them.
  public static let all: [PublishedCheckpoint] = [
    PublishedCheckpoint(
      name: "openai/clip-vit-base-patch32", alias: "ViT-B/32", tower: "ViT-B/32, 224 px",
      bytes: 605_247_071, licence: "MIT", pinned: base32),
    PublishedCheckpoint(
      name: "openai/clip-vit-base-patch16", alias: "ViT-B/16", tower: "ViT-B/16, 224 px",
      bytes: 598_641_023, licence: "MIT", pinned: base16),
    PublishedCheckpoint(
      name: "openai/clip-vit-large-patch14", alias: "ViT-L/14", tower: "ViT-L/14, 224 px",
      bytes: 1_710_540_580, licence: "MIT", pinned: large14),
    PublishedCheckpoint(
      name: "openai/clip-vit-large-patch14-336", alias: "ViT-L/14@336px",
      tower: "ViT-L/14, 336 px", bytes: 1_710_000_000, licence: "MIT", pinned: nil),
    laion("CLIP-ViT-B-32-laion2B-s34B-b79K", "ViT-B/32, 224 px", 605_000_000),
    laion("CLIP-ViT-B-16-laion2B-s34B-b88K", "ViT-B/16, 224 px", 599_000_000),
    laion("CLIP-ViT-L-14-laion2B-s32B-b82K", "ViT-L/14, 224 px", 1_710_000_000),
    laion("CLIP-ViT-H-14-laion2B-s32B-b79K", "ViT-H/14, 224 px", 3_944_000_000),
    laion("CLIP-ViT-B-32-DataComp.XL-s13B-b90K", "ViT-B/32, 224 px", 605_000_000),
    laion("CLIP-ViT-B-16-DataComp.XL-s13B-b90K", "ViT-B/16, 224 px", 599_000_000),
    laion("CLIP-ViT-L-14-DataComp.XL-s13B-b90K", "ViT-L/14, 224 px", 1_710_000_000),
  ]

  /// The CLIP of a name or an alias.
  public static func named(_ name: String) -> PublishedCheckpoint? {
    all.first { $0.name == name || $0.alias == name }
  }

  private static func laion(_ name: String, _ tower: String, _ bytes: Int) -> PublishedCheckpoint {
    PublishedCheckpoint(
      name: "laion/\(name)", alias: nil, tower: tower, bytes: bytes, licence: "MIT", pinned: nil)
  }

  // Facts of the files at these commits. The weights last: a folder that has them is complete.

  private static let preprocessor = RemoteFile(
    name: "preprocessor_config.json", size: 316,
    sha256: "910e70b3956ac9879ebc90b22fb3bc8a75b6a0677814500101a4c072bd7857bd")
  private static let merges = RemoteFile(
    name: "merges.txt", size: 524_619,
    sha256: "9fd691f7c8039210e0fced15865466c65820d09b63988b0174bfe25de299051a")
  private static let vocabulary = RemoteFile(
    name: "vocab.json", size: 961_143,
    sha256: "3f0c4f7d2086b61b38487075278ea9ed04edb53a03cbb045b86c27190fa8fb69")

  private static let base32 = Revision(
    commit: "3d74acf9a28c67741b2f4f2ea7635f0aaf6f0268",
    files: [
      RemoteFile(
        name: "config.json", size: 4_186,
        sha256: "b575ef3c36f2a057fa19e221650105052d61cc9c1a972ec15019c6261ec98770"),
      preprocessor,
      RemoteFile(
        name: "merges.txt", size: 524_657,
        sha256: "f526393189112391ce6f9795d4695f704121ce452c3aad1f5335cc41337eba85"),
      RemoteFile(
        name: "vocab.json", size: 862_328,
        sha256: "5047b556ce86ccaf6aa22b3ffccfc52d391ea4accdab9c2f2407da5b742d4363"),
      RemoteFile(
        name: "pytorch_model.bin", size: 605_247_071,
        sha256: "a63082132ba4f97a80bea76823f544493bffa8082296d62d71581a4feff1576f"),
    ])
  private static let base16 = Revision(
    commit: "57c216476eefef5ab752ec549e440a49ae4ae5f3",
    files: [
      RemoteFile(
        name: "config.json", size: nil,
        sha256: "eaf1c9089a8553c913d27ea66407f8bfc2be9989c80c9f331ddb3d63d4c5e8ad"),
      preprocessor, merges, vocabulary,
      RemoteFile(
        name: "pytorch_model.bin", size: 598_641_023,
        sha256: "ec89c7b09c749a60aae3c9cd910516f24b58214a7df060b48962d14c469cfbf0"),
    ])
  private static let large14 = Revision(
    commit: "32bd64288804d66eefd0ccbe215aa642df71cc41",
    files: [
      RemoteFile(
        name: "config.json", size: nil,
        sha256: "8a09b467700c58138c29d53c605b34ebc69beaadd13274a8a2af8ad2c2f4032a"),
      preprocessor, merges, vocabulary,
      RemoteFile(
        name: "model.safetensors", size: 1_710_540_580,
        sha256: "a2bf730a0c7debf160f7a6b50b3aaf3703e7e88ac73de7a314903141db026dcb"),
    ])
}

/// A file on a server, and what is known of it beforehand.
struct RemoteFile: Sendable, Equatable {
  /// Without a folder.
  let name: String
  let size: Int?
  /// 64 hexadecimal digits; nil of small files of which the server states none.
  let sha256: String?
}
