/// Tensors that differ in numbers only, and those that belong to one layer, on one line.
struct TensorGroups {
  private var groups: [(name: String, form: String, count: Int, parameters: Int)] = []
  private var indices: [[String]: Int] = [:]

  mutating func add(_ name: String, form: String, shape: [Int]) {
    let pattern = Self.pattern(name)
    let size = shape.reduce(1, *)
    if let index = indices[[pattern, form]] {
      groups[index].count += 1
      groups[index].parameters += size
    } else {
      indices[[pattern, form]] = groups.count
      groups.append((pattern, form, 1, size))
    }
  }

  var parameters: Int { groups.reduce(0) { $0 + $1.parameters } }
  var tensors: Int { groups.reduce(0) { $0 + $1.count } }

  /// Names, forms and counts in columns.
  var lines: [String] {
    var layers: [(name: String, parts: [(name: Substring, form: String)], count: Int)] = []
    for group in groups {
      let dot = group.name.lastIndex(of: ".")
      let layer = String(dot.map { group.name[..<$0] } ?? "")
      let part = (name: dot.map { group.name[$0...] } ?? group.name[...], form: group.form)
      if let last = layers.last, last.name == layer, last.count == group.count, dot != nil,
        last.parts.count < 3
      {
        layers[layers.count - 1].parts.append(part)
      } else {
        layers.append((layer, [part], group.count))
      }
    }
    let width =
      layers.map { $0.name.count + ($0.parts.count == 1 ? $0.parts[0].name.count : 0) }
      .max() ?? 0
    return layers.map { layer in
      let isOne = layer.parts.count == 1
      let name = layer.name + (isOne ? layer.parts[0].name : "")
      let form = layer.parts.map { isOne ? $0.form : "\($0.name) \($0.form)" }
        .joined(separator: "  ")
      let count = layer.count > 1 ? "  x \(layer.count)" : ""
      return "  \(name)\(String(repeating: " ", count: width - name.count + 2))\(form)\(count)"
    }
  }

  /// Numbers between dots become `*`.
  private static func pattern(_ name: String) -> String {
    name.split(separator: ".", omittingEmptySubsequences: false)
      .map { Int($0) == nil ? String($0) : "*" }.joined(separator: ".")
  }
}
