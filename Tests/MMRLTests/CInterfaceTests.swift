import CMMRL
import Foundation
import LibMMRL
import MMRL
import TestSupport
import Testing

/// The functions of mmrl.h, as a program in C calls them.
@Suite("The library's C interface")
struct CInterfaceTests {
  private static var message: String { String(cString: mmrlMessage()) }

  /// Calls `body` with the handle of a model.
  private func withModel(_ gallery: Gallery, _ body: (OpaquePointer) throws -> Void) throws {
    var model: OpaquePointer?
    try #require(mmrlModelOpen(gallery.modelPath, nil, &model) == MMRL_OK)
    let opened = try #require(model)
    defer { mmrlModelClose(opened) }
    try body(opened)
  }

  @Test("Answers and features are those of the Swift interface, of paths, bytes and padded rows")
  func answers() throws {
    try Gallery.with { gallery in
      let wanted = try gallery.model().classify(gallery.paths.map { Picture(path: $0) })
      // 7 bytes of padding a row, which are none of the picture's.
      let rowBytes = Gallery.width * 3
      var padded: [UInt8] = []
      for row in 0..<Gallery.height {
        padded += gallery.pixels[2][row * rowBytes..<(row + 1) * rowBytes]
        if row < Gallery.height - 1 { padded += [UInt8](repeating: 255, count: 7) }
      }
      let file = try gallery.file(1)
      try withModel(gallery) { model in
        let pictures = mmrlPicturesCreate()
        defer { mmrlPicturesDestroy(pictures) }
        try file.withUnsafeBytes { file in
          try padded.withUnsafeBufferPointer { padded in
            #expect(mmrlPicturesAddPath(pictures, gallery.paths[0]) == MMRL_OK)
            #expect(mmrlPicturesAddFile(pictures, file.baseAddress, file.count) == MMRL_OK)
            #expect(
              mmrlPicturesAddPixels(
                pictures, padded.baseAddress, Gallery.width, Gallery.height, rowBytes + 7)
                == MMRL_OK)
            #expect(mmrlPicturesAddPath(pictures, gallery.folder) == MMRL_OK)
            #expect(mmrlPicturesCount(pictures) == 4)
            var answers: OpaquePointer?
            #expect(mmrlClassify(model, pictures, 3, &answers) == MMRL_OK)
            defer { mmrlAnswersDestroy(answers) }
            #expect(mmrlAnswersCount(answers) == 4)
            for picture in 0..<3 { try check(answers, picture, try wanted[picture].get()) }
            #expect(mmrlAnswersStatus(answers, 3) == MMRL_FILE)
            #expect(mmrlAnswersLabelCount(answers, 3) == 0)
            let message = try #require(mmrlAnswersMessage(answers, 3))
            #expect(String(cString: message).contains(gallery.folder))
          }
        }
      }
    }
  }

  private func check(_ answers: OpaquePointer?, _ picture: Int, _ wanted: Answer) throws {
    #expect(mmrlAnswersStatus(answers, picture) == MMRL_OK)
    #expect(mmrlAnswersMessage(answers, picture) == nil)
    #expect(mmrlAnswersIsUnknown(answers, picture) == (wanted.isUnknown ? 1 : 0))
    #expect(mmrlAnswersUnknownScore(answers, picture) == wanted.unknownScore)
    #expect(mmrlAnswersLabelCount(answers, picture) == 3)
    for (rank, label) in wanted.labels.prefix(3).enumerated() {
      let name = try #require(mmrlAnswersLabel(answers, picture, rank))
      #expect(String(cString: name) == label.name)
      #expect(mmrlAnswersScore(answers, picture, rank) == label.score)
      #expect(mmrlAnswersLogit(answers, picture, rank) == label.logit)
      #expect(
        mmrlAnswersSet(answers, picture, rank) == (label.set == .known ? MMRL_KNOWN : MMRL_NOVEL))
      #expect(
        mmrlAnswersHead(answers, picture, rank)
          == (label.head == .fusion ? MMRL_FUSION : MMRL_CLASS))
    }
    #expect(mmrlAnswersLabel(answers, picture, 3) == nil)
    #expect(mmrlAnswersScore(answers, picture, 3).isNaN)
    #expect(mmrlAnswersHead(answers, picture, -1) == MMRL_NO_HEAD)
  }

  @Test("Features are written to the caller's memory; one bad picture fails the call")
  func features() throws {
    try Gallery.with { gallery in
      let wanted = try gallery.model().features(of: gallery.paths.map { Picture(path: $0) })
      try withModel(gallery) { model in
        let count = mmrlModelFeatureCount(model)
        let pictures = mmrlPicturesCreate()
        defer { mmrlPicturesDestroy(pictures) }
        for path in gallery.paths { #expect(mmrlPicturesAddPath(pictures, path) == MMRL_OK) }
        var features = [Float](repeating: 0, count: gallery.paths.count * count)
        #expect(mmrlFeatures(model, pictures, &features, features.count) == MMRL_OK)
        let rows = try wanted.map { try $0.get() }
        #expect(features == rows.flatMap(\.self))
        #expect(mmrlFeatures(model, pictures, &features, features.count - 1) == MMRL_ARGUMENT)
        #expect(mmrlFeatures(model, pictures, nil, features.count) == MMRL_ARGUMENT)
        #expect(mmrlPicturesAddPath(pictures, gallery.modelPath) == MMRL_OK)
        features += [Float](repeating: 0, count: count)
        #expect(mmrlFeatures(model, pictures, &features, features.count) == MMRL_PICTURE)
        #expect(Self.message.contains("model.mmrl"))
      }
    }
  }

  @Test("NULL, numbers out of bounds and files that are none are a status and a message")
  func misuse() throws {
    try Gallery.with(pictures: 1) { gallery in
      var model: OpaquePointer? = OpaquePointer(bitPattern: 1)
      #expect(mmrlModelOpen(nil, nil, &model) == MMRL_ARGUMENT)
      #expect(model == nil)
      #expect(Self.message == "path is NULL")
      #expect(mmrlModelOpen(gallery.modelPath, nil, nil) == MMRL_ARGUMENT)
      #expect(mmrlModelOpen(gallery.folder + "/none", nil, &model) == MMRL_FILE)
      #expect(mmrlModelOpen(gallery.paths[0], nil, &model) == MMRL_MODEL)
      #expect(Self.message.contains("not an .mmrl model file"))
      mmrlModelClose(nil)
      mmrlOptionsDestroy(nil)
      mmrlPicturesDestroy(nil)
      mmrlAnswersDestroy(nil)
      #expect(mmrlOptionsSetThreads(nil, 1) == MMRL_ARGUMENT)
      #expect(mmrlOptionsAddLabel(nil, "a") == MMRL_ARGUMENT)
      #expect(mmrlOptionsSetUnknownRate(nil, 0) == MMRL_ARGUMENT)
      #expect(mmrlOptionsSetFullDecode(nil, 0) == MMRL_ARGUMENT)
      #expect(mmrlModelLabelCount(nil) == 0 && mmrlModelLabel(nil, 0) == nil)
      #expect(mmrlModelLabelSet(nil, 0) == MMRL_NO_SET && mmrlModelFeatureCount(nil) == 0)
      #expect(mmrlModelWarning(nil, 0) == nil)
      #expect(mmrlPicturesCount(nil) == 0 && mmrlPicturesAddPath(nil, "a") == MMRL_ARGUMENT)
      #expect(mmrlPicturesAddFile(nil, nil, 0) == MMRL_ARGUMENT)
      #expect(mmrlPicturesAddPixels(nil, [1, 2, 3], 1, 1, 0) == MMRL_ARGUMENT)
      #expect(mmrlAnswersCount(nil) == 0 && mmrlAnswersStatus(nil, 0) == MMRL_ARGUMENT)
      #expect(mmrlAnswersLabel(nil, 0, 0) == nil && mmrlAnswersScore(nil, 0, 0).isNaN)
      #expect(mmrlAnswersUnknownScore(nil, 0).isNaN && mmrlAnswersIsUnknown(nil, 0) == 0)
      var answers: OpaquePointer?
      #expect(mmrlClassify(nil, nil, 1, &answers) == MMRL_ARGUMENT)
      #expect(mmrlTeach(nil, nil, nil, nil, nil, nil) == MMRL_ARGUMENT)
      #expect(mmrlTeachFolder(nil, nil, nil, nil, nil) == MMRL_ARGUMENT)

      let options = mmrlOptionsCreate()
      defer { mmrlOptionsDestroy(options) }
      for threads: Int32 in [0, -1, 257] {
        #expect(mmrlOptionsSetThreads(options, threads) == MMRL_ARGUMENT)
      }
      for rate in [-0.5, 1, .nan] {
        #expect(mmrlOptionsSetUnknownRate(options, rate) == MMRL_ARGUMENT)
      }
      #expect(mmrlOptionsAddLabel(options, nil) == MMRL_ARGUMENT)
      #expect(mmrlOptionsAddLabel(options, [CChar(bitPattern: 0xFF), 0]) == MMRL_ARGUMENT)
      #expect(mmrlOptionsSetThreads(options, 1) == MMRL_OK)
      #expect(mmrlOptionsSetUnknownRate(options, 0) == MMRL_OK)
      #expect(mmrlModelOpen(gallery.modelPath, options, &model) == MMRL_OK)
      defer { mmrlModelClose(model) }
      #expect(mmrlModelLabelCount(model) == 5 && mmrlModelLabel(model, 5) == nil)
      #expect(mmrlModelLabelSet(model, 0) == MMRL_KNOWN)
      #expect(mmrlModelLabelSet(model, 4) == MMRL_NOVEL)

      let pictures = mmrlPicturesCreate()
      defer { mmrlPicturesDestroy(pictures) }
      #expect(mmrlPicturesAddPath(pictures, nil) == MMRL_ARGUMENT)
      #expect(mmrlPicturesAddFile(pictures, nil, 3) == MMRL_ARGUMENT)
      #expect(mmrlPicturesAddPixels(pictures, nil, 1, 1, 0) == MMRL_ARGUMENT)
      for (width, height, stride) in [(0, 1, 0), (1, 0, 0), (2, 1, 5), (1, .max, .max), (-1, 1, 0)]
      {
        #expect(
          mmrlPicturesAddPixels(pictures, [1, 2, 3], width, height, stride) == MMRL_ARGUMENT)
      }
      // More than the limit, which is found before anything is read.
      #expect(mmrlPicturesAddPixels(pictures, [1, 2, 3], 1 << 20, 1 << 20, 0) == MMRL_OK)
      #expect(mmrlPicturesAddFile(pictures, nil, 0) == MMRL_OK)
      #expect(mmrlClassify(model, pictures, 0, &answers) == MMRL_ARGUMENT)
      #expect(answers == nil)
      #expect(mmrlClassify(model, pictures, .max, &answers) == MMRL_OK)
      defer { mmrlAnswersDestroy(answers) }
      #expect(mmrlAnswersStatus(answers, 0) == MMRL_PICTURE)
      #expect(mmrlAnswersStatus(answers, 1) == MMRL_PICTURE)
      #expect(mmrlAnswersStatus(answers, 2) == MMRL_ARGUMENT)
    }
  }

  @Test("Messages are each thread's own")
  func messages() throws {
    #expect(mmrlOptionsSetThreads(nil, 1) == MMRL_ARGUMENT)
    let elsewhere = Thread.detached { Self.message }
    #expect(elsewhere == "")
    #expect(Self.message == "options is NULL")
  }

  @Test("Photos teach labels by their list, and by a folder")
  func teaching() throws {
    try Gallery.with(ModelFixture(.clip, knownLabels: 0, novelLabels: 2)) { gallery in
      try withModel(gallery) { model in
        let pictures = mmrlPicturesCreate()
        defer { mmrlPicturesDestroy(pictures) }
        let photos = gallery.folder + "/photos"
        for (index, path) in gallery.paths.enumerated() {
          #expect(mmrlPicturesAddPath(pictures, path) == MMRL_OK)
          let place = "\(photos)/novel \(index % 2)"
          try FileManager.default.createDirectory(
            atPath: place, withIntermediateDirectories: true)
          try FileManager.default.copyItem(atPath: path, toPath: "\(place)/\(index).png")
        }
        let names = (0..<gallery.paths.count).map { strdup("novel \($0 % 2)") }
        defer { for name in names { free(name) } }
        let labels = names.map { UnsafePointer($0) }
        let outputs = ["list", "folder"].map { "\(gallery.folder)/\($0).mmrl" }
        var (right, heldOut) = (0, 0)
        var status = mmrlTeach(model, pictures, labels, outputs[0], &right, &heldOut)
        #expect(status == MMRL_OK, "\(Self.message)")
        #expect(heldOut == gallery.paths.count && (0...heldOut).contains(right))
        status = mmrlTeachFolder(model, photos, outputs[1], nil, nil)
        #expect(status == MMRL_OK, "\(Self.message)")
        let files = try outputs.map { try Data(contentsOf: URL(fileURLWithPath: $0)) }
        #expect(files[0] == files[1])
        for (folder, wanted) in [
          (gallery.folder + "/none", MMRL_FILE), (photos + "/novel 0", MMRL_ARGUMENT),
        ] {
          #expect(mmrlTeachFolder(model, folder, outputs[0], nil, nil) == wanted)
        }
        #expect(mmrlTeach(model, pictures, nil, outputs[0], nil, nil) == MMRL_ARGUMENT)
      }
    }
  }
}

extension Thread {
  /// What `body` gives on a thread of its own.
  fileprivate static func detached(_ body: @escaping @Sendable () -> String) -> String {
    let result = Box()
    let done = DispatchSemaphore(value: 0)
    let thread = Thread {
      result.text = body()
      done.signal()
    }
    thread.start()
    done.wait()
    return result.text
  }

  private final class Box: @unchecked Sendable {
    // Sendable: written before the semaphore is signalled, read after.
    var text = ""
  }
}
