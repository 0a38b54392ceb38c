internal import Imaging

/// Looks whether a picture is complete, and whether it shows something new.
package struct PictureCheck: ~Copyable {
  /// What was seen last.
  package struct Scene: Sendable {
    fileprivate var still = StillScene()

    /// Nothing seen yet.
    package init() {}
  }

  /// What comes of a look.
  package enum Finding: Sendable {
    /// It shows something new.
    case new
    /// Like the last one that was new.
    case alike
    /// No complete image.
    case damaged
  }

  private var decoder = ImageDecoder()
  private var cropper: Cropper
  private var crop = Image(width: 1, height: 1)

  /// A side of what is compared.
  private static let edge = 64

  /// Nothing looked at yet.
  package init() {
    decoder.fastDecodeShortEdge = 2 * Self.edge
    cropper = Cropper(Preprocessing(size: Self.edge, resize: .square(Self.edge)))
  }

  /// Looks at a JPEG file.
  package mutating func look(at bytes: [UInt8], after scene: inout Scene) -> Finding {
    guard let look = look(of: bytes) else { return .damaged }
    return self.look(at: look, after: &scene)
  }

  /// The same, of a look that was taken.
  package mutating func look(at look: Look, after scene: inout Scene) -> Finding {
    scene.still.isStill(look) ? .alike : .new
  }

  /// What a JPEG file looks like; nil where it is no complete image.
  package mutating func look(of bytes: [UInt8]) -> Look? {
    do {
      _ = try decoder.crop(RawSpan(_elements: bytes.span), with: &cropper, into: &crop)
    } catch {
      return nil
    }
    return Look(crop)
  }
}
