internal import CProcess

/// The processors that this process may use.
public enum Processors {
  /// How many threads can run at once, at least 1.
  ///
  /// No more than the process's affinity has processors, nor than the CPU quota of its control group, or of one around it,
  /// is good for.
  public static let usable = max(1, min(Int(cp_processors()), inQuota(root: "") ?? .max))

  /// How many processors the CPU quotas of the process's control groups are good for, rounded up; nil without a quota.
  ///
  /// A quota of 1.5 gets two threads: both run for three quarters of the time, which is more than one does.
  ///
  /// - Parameter root: what stands before `/proc` and before the places where control groups are mounted.
  /// - Returns: at least 1.
  package static func inQuota(root: String) -> Int? {
    guard let groups = text(root + "/proc/self/cgroup"),
      let mounts = text(root + "/proc/self/mountinfo")
    else { return nil }
    let hierarchies = mounts.split(separator: "\n").compactMap(Hierarchy.init)
    var least: Double?
    for line in groups.split(separator: "\n") {
      // "4:cpu,cpuacct:/path" of version 1, "0::/path" of version 2.
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { continue }
      let controllers = fields[1].split(separator: ",")
      guard controllers.isEmpty || controllers.contains("cpu") else { continue }
      for hierarchy in hierarchies where hierarchy.isVersion2 == controllers.isEmpty {
        for folder in hierarchy.folders(of: String(fields[2])) {
          guard let quota = hierarchy.quota(in: root + folder) else { continue }
          least = min(least ?? quota, quota)
        }
      }
    }
    return least.map { Int(max(1, min($0.rounded(.up), 1_000_000))) }
  }

  /// A hierarchy of control groups that limits processors, where it is mounted.
  private struct Hierarchy {
    let isVersion2: Bool
    /// Which of the groups is at the place.
    private let group: String
    private let place: String

    /// Reads a line of `mountinfo`; nil for other file systems.
    init?(_ line: Substring) {
      let fields = line.split(separator: " ")
      // 36 35 98:0 /group /place rw,noatime master:1 - cgroup2 cgroup rw: fields that may be missing end with "-".
      guard let dash = fields.firstIndex(of: "-"), dash >= 6, fields.count > dash + 3 else {
        return nil
      }
      switch fields[dash + 1] {
      case "cgroup2": isVersion2 = true
      case "cgroup" where fields[dash + 3].split(separator: ",").contains("cpu"):
        isVersion2 = false
      default: return nil
      }
      group = Processors.unescaped(fields[3])
      place = Processors.unescaped(fields[4])
    }

    /// The folders of a group and of those around it, as far as they can be seen here.
    func folders(of path: String) -> [String] {
      let own = path.split(separator: "/")
      let seen = group.split(separator: "/")
      // A group that lies outside of what is mounted, as in some containers: its limits are those of the place.
      var below = own.starts(with: seen) ? own[seen.count...] : []
      if below.contains("..") { below = [] }
      var folders = [place]
      for name in below { folders.append(folders[folders.count - 1] + "/" + name) }
      return folders
    }

    /// The quota in processors; nil where there is none.
    func quota(in folder: String) -> Double? {
      let quota: Double?
      let period: Double?
      if isVersion2 {
        // "max 100000" or "150000 100000".
        let numbers = (Processors.text(folder + "/cpu.max") ?? "").split(
          whereSeparator: \.isWhitespace)
        guard numbers.count == 2 else { return nil }
        (quota, period) = (Double(numbers[0]), Double(numbers[1]))
      } else {
        quota = Self.number(folder + "/cpu.cfs_quota_us")
        period = Self.number(folder + "/cpu.cfs_period_us")
      }
      // -1 is none.
      guard let quota, let period, quota > 0, period > 0 else { return nil }
      return quota / period
    }

    private static func number(_ path: String) -> Double? {
      Processors.text(path)?.split(whereSeparator: \.isWhitespace).first.flatMap { Double($0) }
    }
  }

  private static func text(_ path: String) -> String? {
    (try? FileBytes.read(PathName(path), limit: 1 << 20)).map {
      String(decoding: $0, as: UTF8.self)
    }
  }

  /// The kernel writes a space in a path as `\040`.
  private static func unescaped(_ field: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = Array(field.utf8)[...]
    while let byte = rest.popFirst() {
      let digits = rest.prefix(3).map { Int($0) - Int(UInt8(ascii: "0")) }
      if byte == UInt8(ascii: "\\"), digits.count == 3, digits.allSatisfy((0...7).contains) {
        bytes.append(UInt8(truncatingIfNeeded: 64 * digits[0] + 8 * digits[1] + digits[2]))
        rest = rest.dropFirst(3)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
