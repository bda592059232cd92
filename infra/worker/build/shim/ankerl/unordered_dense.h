// Stands in for ankerl::unordered_dense, which Debian doesn't have: the worker uses only map, set and hash, whose API
// is that of the standard unordered containers.
#pragma once
#include <unordered_map>
#include <unordered_set>
namespace ankerl::unordered_dense
{
	template<class K> using hash = std::hash<K>;
	template<class K, class V, class H = std::hash<K>, class E = std::equal_to<K>>
	using map = std::unordered_map<K, V, H, E>;
	template<class K, class H = std::hash<K>, class E = std::equal_to<K>>
	using set = std::unordered_set<K, H, E>;
} // namespace ankerl::unordered_dense
