import Glibc

/// The name of the group that may open a device.
func owningGroup(_ path: String) -> String? {
  var status = stat()
  guard unsafe stat(path, &status) == 0, let group = unsafe getgrgid(status.st_gid) else {
    return nil
  }
  return unsafe String(cString: group.pointee.gr_name)
}

/// The processes that have a device open, as "name (process 123)"; only those that we may look into.
func processesHolding(_ path: String) -> [String] {
  var device = stat()
  guard unsafe stat(path, &device) == 0 else { return [] }
  var holders: [String] = []
  for process in folderEntries("/proc") where Int32(process) != nil && Int32(process) != getpid() {
    let folder = "/proc/\(process)/fd"
    let holds = folderEntries(folder).contains { entry in
      var status = stat()
      return unsafe stat("\(folder)/\(entry)", &status) == 0
        && status.st_rdev == device.st_rdev && status.st_mode & S_IFMT == S_IFCHR
    }
    if holds { holders.append("\(processName(process)) (process \(process))") }
  }
  return holders
}

private func processName(_ process: String) -> String {
  let file = unsafe fopen("/proc/\(process)/comm", "r")
  guard let file = unsafe file else { return "?" }
  defer { unsafe fclose(file) }
  var line: [UInt8] = []
  while case let byte = unsafe fgetc(file), byte != EOF, byte != 10 { line.append(UInt8(byte)) }
  return String(decoding: line, as: UTF8.self)
}

/// The names in a folder, sorted; none when it cannot be read.
func folderEntries(_ path: String) -> [String] {
  guard let folder = unsafe opendir(path) else { return [] }
  defer { unsafe closedir(folder) }
  var names: [String] = []
  while let entry = unsafe readdir(folder) {
    let name = unsafe text(entry.pointee.d_name)
    if name != ".", name != ".." { names.append(name) }
  }
  return names.sorted()
}
