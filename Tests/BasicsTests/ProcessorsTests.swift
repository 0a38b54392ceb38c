import Basics
import Foundation
import TestSupport
import Testing

/// What a process may use of the processors, by what the system says in files made here.
@Suite struct ProcessorsTests {
  private static let version2 =
    "31 23 0:27 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"
  private static let version1 = """
    31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755
    32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct
    33 31 0:30 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory

    """

  /// The quota that a system with these files has for the process.
  private func quota(
    groups: String, mounts: String, _ files: [String: String]
  ) throws -> Int? {
    try withTemporaryDirectory { root in
      var files = files
      files["/proc/self/cgroup"] = groups
      files["/proc/self/mountinfo"] = "23 1 8:1 / / rw - ext4 /dev/sda1 rw\n" + mounts
      for (path, text) in files {
        let file = URL(fileURLWithPath: root + path)
        try FileManager.default.createDirectory(
          at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
      }
      return Processors.inQuota(root: root)
    }
  }

  @Test(
    "Version 2: a quota is rounded up, max is none",
    arguments: [
      ("max 100000\n", nil), ("100000 100000\n", 1), ("150000 100000\n", 2), ("50000 100000\n", 1),
      ("800000 100000\n", 8), ("1000 100000\n", 1), ("nonsense\n", nil), ("", nil),
    ] as [(String, Int?)])
  func rounding(text: String, expected: Int?) throws {
    let found = try quota(
      groups: "0::/\n", mounts: Self.version2, ["/sys/fs/cgroup/cpu.max": text])
    #expect(found == expected)
  }

  @Test("The least of the quotas of all groups around counts")
  func parents() throws {
    let files = [
      "/sys/fs/cgroup/cpu.max": "max 100000", "/sys/fs/cgroup/a.slice/cpu.max": "300000 100000",
      "/sys/fs/cgroup/a.slice/b.scope/cpu.max": "800000 100000",
      "/sys/fs/cgroup/other/cpu.max": "100000 100000",
    ]
    #expect(try quota(groups: "0::/a.slice/b.scope\n", mounts: Self.version2, files) == 3)
    #expect(try quota(groups: "0::/\n", mounts: Self.version2, files) == nil)
  }

  @Test("Version 1, where the quota is -1 or microseconds in a period")
  func version1() throws {
    let groups = "5:memory:/x\n4:cpu,cpuacct:/docker/ab\n1:name=systemd:/\n"
    let place = "/sys/fs/cgroup/cpu,cpuacct"
    func found(_ own: String, _ parent: String) throws -> Int? {
      try quota(
        groups: groups, mounts: Self.version1,
        [
          "\(place)/docker/ab/cpu.cfs_quota_us": own + "\n",
          "\(place)/docker/ab/cpu.cfs_period_us": "100000\n",
          "\(place)/cpu.cfs_quota_us": parent, "\(place)/cpu.cfs_period_us": "50000",
        ])
    }
    #expect(try found("-1", "-1") == nil)
    #expect(try found("250000", "-1") == 3)
    #expect(try found("250000", "100000") == 2)
    #expect(try found("-1", "50000") == 1)
  }

  @Test("In a container the group's own folder is what is mounted, and its path may lead elsewhere")
  func containers() throws {
    let mounted = "40 30 0:27 /docker/ab /sys/fs/cgroup ro - cgroup2 cgroup rw\n"
    let files = ["/sys/fs/cgroup/cpu.max": "200000 100000"]
    #expect(try quota(groups: "0::/docker/ab\n", mounts: mounted, files) == 2)
    #expect(try quota(groups: "0::/../../other\n", mounts: Self.version2, files) == 2)
    #expect(try quota(groups: "0::/somewhere/else\n", mounts: mounted, files) == 2)
  }

  @Test("Both versions at once, paths with spaces, and systems without groups")
  func unusual() throws {
    let mounts =
      "50 30 0:9 / /mnt/my\\040groups rw - cgroup2 none rw\n"
      + "51 30 0:10 / /mnt/cpu rw - cgroup cgroup rw,cpu\n"
    let files = [
      "/mnt/my groups/a b/cpu.max": "400000 100000", "/mnt/cpu/cpu.cfs_quota_us": "300000",
      "/mnt/cpu/cpu.cfs_period_us": "100000",
    ]
    #expect(try quota(groups: "3:cpu:/\n0::/a b\n", mounts: mounts, files) == 3)
    #expect(try quota(groups: "0::/a b\n", mounts: mounts, files) == 4)
    #expect(try quota(groups: "", mounts: "", [:]) == nil)
    #expect(Processors.inQuota(root: "/nowhere") == nil)
    #expect(Processors.usable >= 1)
  }
}
