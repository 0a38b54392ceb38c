import Glibc

/// A camera that is there, and what it offers.
public struct CameraDescription: Sendable, Equatable {
  /// Its device node.
  public var path: String
  /// Names that stay when nodes are numbered anew: /dev/v4l/by-id, then by-path.
  public var names: [String]
  /// What it calls itself.
  public var card: String
  /// The kernel's driver.
  public var driver: String
  /// Where it is connected.
  public var bus: String
  /// In the driver's order.
  public var modes: [CameraMode]
  /// Why it cannot be asked, if it cannot.
  public var problem: CameraError?
}

/// All cameras of this machine, in the order of their nodes' numbers.
///
/// Video devices that do not capture are left out.
public func listCameras() -> [CameraDescription] {
  let nodes = folderEntries("/dev").compactMap { name -> (number: Int, path: String)? in
    guard name.hasPrefix("video"), let number = Int(name.dropFirst(5)) else { return nil }
    return (number, "/dev/\(name)")
  }
  let names = stableNames()
  return nodes.sorted { $0.number < $1.number }.compactMap { node in
    describe(node.path, names: names[node.path] ?? [])
  }
}

private func describe(_ path: String, names: [String]) -> CameraDescription? {
  var description = CameraDescription(
    path: path, names: names, card: "", driver: "", bus: "", modes: [])
  do throws(CameraError) {
    let device = try VideoDevice(path: path)
    (description.card, description.driver, description.bus) =
      (device.card, device.driver, device.bus)
    description.modes = try device.modes(including: nil)
  } catch {
    if case .notCaptureDevice = error { return nil }
    description.problem = error
  }
  return description
}

/// The links to each device node.
private func stableNames() -> [String: [String]] {
  var names: [String: [String]] = [:]
  for folder in ["/dev/v4l/by-id", "/dev/v4l/by-path"] {
    for entry in folderEntries(folder) {
      let link = "\(folder)/\(entry)"
      guard let target = unsafe realpath(link, nil) else { continue }
      names[unsafe String(cString: target), default: []].append(link)
      unsafe free(target)
    }
  }
  return names
}
