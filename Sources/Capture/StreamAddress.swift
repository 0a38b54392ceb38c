import Glibc

/// What the name of a stream means.
package enum StreamAddress: Equatable {
  /// A file of JPEG files or raw frames, a pipe, stdin.
  case bytes(String)
  /// A video, which ffmpeg reads.
  case video(String)
  /// An address, as `rtsp://camera/1`.
  case url(URLAddress)

  /// Endings of recordings, which have a beginning and an end wherever they lie.
  private static let recordings: Set<String> = [
    "mp4", "m4v", "mov", "mkv", "webm", "avi", "mpg", "mpeg", "m2ts", "mts", "3gp", "wmv", "flv",
    "ogv", "gif", "apng", "y4m",
  ]
  /// Endings of lists of a live stream's parts.
  private static let playlists: Set<String> = ["m3u8", "mpd"]
  /// Endings of what else ffmpeg reads.
  private static let others: Set<String> = ["ts", "h264", "264", "h265", "hevc"]

  /// Whether an address or path has the ending of a recording.
  package static func isRecording(_ path: String) -> Bool { recordings.contains(ending(of: path)) }

  /// Whether an address or path has the ending of a list of a live stream's parts.
  package static func isPlaylist(_ path: String) -> Bool { playlists.contains(ending(of: path)) }

  /// Whether an address or path has the ending of something that is read by ffmpeg.
  package static func isVideo(_ path: String) -> Bool {
    isRecording(path) || isPlaylist(path) || others.contains(ending(of: path))
  }

  private static func ending(of path: String) -> String {
    let file = path.prefix { $0 != "?" && $0 != "#" }.split(separator: "/").last ?? ""
    guard let dot = file.lastIndex(of: ".") else { return "" }
    return file[file.index(after: dot)...].lowercased()
  }

  /// Looks at a name, and at the start of the file, if it is one.
  package init(_ name: String) {
    if let url = URLAddress(name) {
      self = url.scheme == "file" ? Self.file(url.path) : .url(url)
    } else {
      self = Self.file(name)
    }
  }

  private static func file(_ path: String) -> StreamAddress {
    var status = stat()
    guard path != "-", unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      let head = head(of: path), !head.starts(with: [0xFF, 0xD8])
    else { return .bytes(path) }
    return isVideo(path) || isContainer(head) ? .video(path) : .bytes(path)
  }

  private static func head(of path: String) -> [UInt8]? {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 512)
    let count = unsafe read(descriptor, &bytes, bytes.count)
    return Array(bytes.prefix(max(0, count)))
  }

  /// Whether a file begins as one of the known containers.
  private static func isContainer(_ head: [UInt8]) -> Bool {
    func has(_ text: String, at place: Int) -> Bool {
      head.dropFirst(place).starts(with: text.utf8)
    }
    let isTransportStream =
      head.count > 376 && [0, 188, 376].allSatisfy { head[$0] == 0x47 }
    return has("ftyp", at: 4) || has("moov", at: 4) || has("OggS", at: 0) || has("FLV", at: 0)
      || has("GIF8", at: 0) || has("YUV4MPEG2", at: 0)
      || (has("RIFF", at: 0) && has("AVI ", at: 8))
      || head.starts(with: [0x1A, 0x45, 0xDF, 0xA3])  // Matroska, WebM
      || head.starts(with: [0x00, 0x00, 0x01, 0xBA])  // MPEG program stream
      || head.starts(with: [0x30, 0x26, 0xB2, 0x75])  // ASF, WMV
      || isTransportStream
  }
}

/// An address of a stream: scheme, who asks, host, port, path.
package struct URLAddress: Equatable, Sendable {
  /// In small letters.
  package var scheme: String
  /// `name:password`, if it is given, with %-escapes resolved.
  package var user: String?
  /// Without brackets.
  package var host: String
  /// The port, if it is given.
  package var port: Int?
  /// The path and what follows, with the leading slash.
  package var path: String
  /// The address as it was given.
  package var text: String

  /// An address, as `http://user:password@camera:8080/video?size=1`; nil for what is none.
  package init?(_ text: String) {
    guard let colon = text.firstRange(of: "://") else { return nil }
    let scheme = text[..<colon.lowerBound]
    guard scheme.first?.isLetter == true,
      scheme.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0)) })
    else { return nil }
    self.scheme = scheme.lowercased()
    self.text = text
    let rest = text[colon.upperBound...]
    let authority = rest.prefix { !"/?#".contains($0) }
    let tail = rest[authority.endIndex...].prefix { $0 != "#" }
    path = tail.hasPrefix("/") ? String(tail) : "/\(tail)"
    var place = authority
    user = nil
    if let at = authority.lastIndex(of: "@") {
      user = Self.unescaped(authority[..<at])
      place = authority[authority.index(after: at)...]
    }
    let number: Substring?
    if place.first == "[", let bracket = place.firstIndex(of: "]") {
      host = String(place[place.index(after: place.startIndex)..<bracket])
      let after = place[place.index(after: bracket)...]
      number = after.first == ":" ? after.dropFirst() : nil
    } else if let colon = place.lastIndex(of: ":") {
      host = String(place[..<colon])
      number = place[place.index(after: colon)...]
    } else {
      (host, number) = (String(place), nil)
    }
    port = number.flatMap { Int($0) }
    guard number == nil || (port.map { (1...65535).contains($0) } ?? false) else { return nil }
  }

  /// The address without the password, as it may be shown to anybody.
  package var name: String {
    guard let at = user, let start = text.firstRange(of: "://")?.upperBound,
      let end = text[start...].prefix(while: { !"/?#".contains($0) }).lastIndex(of: "@")
    else { return text }
    let who = at.prefix { $0 != ":" }
    return "\(text[..<start])\(who)\(at.contains(":") ? ":***" : "")\(text[end...])"
  }

  /// `name:password` as it stands in the address.
  package var userInfo: Substring? {
    guard user != nil, let start = text.firstRange(of: "://")?.upperBound else { return nil }
    let authority = text[start...].prefix { !"/?#".contains($0) }
    return authority.lastIndex(of: "@").map { authority[..<$0] }
  }

  private static func unescaped(_ text: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == 0x25, rest.count >= 2,
        let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
      {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
