#pragma once

#include <cstddef>
#include <iterator>

#include "geo/base/ids.h"

namespace obnova::geo {

class Layer;

// The features of a layer in order, holes left out. Valid as long as the layer.
class FeatureRange {
 public:
  class Iterator {
   public:
    using value_type = FeatureId;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::forward_iterator_tag;
    using reference = FeatureId;
    using pointer = const FeatureId*;

    Iterator() = default;
    FeatureId operator*() const { return row_; }
    Iterator& operator++() {
      ++row_.index;
      skip_holes();
      return *this;
    }
    Iterator operator++(int) {
      const Iterator before = *this;
      ++*this;
      return before;
    }
    bool operator==(const Iterator& other) const { return row_ == other.row_; }

   private:
    friend class FeatureRange;
    Iterator(const Layer& layer, FeatureId row) : layer_(&layer), row_(row) { skip_holes(); }
    void skip_holes();

    const Layer* layer_ = nullptr;
    FeatureId row_;
  };

  using value_type = FeatureId;
  using const_iterator = Iterator;

  Iterator begin() const { return {*layer_, from_}; }
  Iterator end() const;

 private:
  friend class Layer;
  FeatureRange(const Layer& layer, FeatureId from) : layer_(&layer), from_(from) {}
  const Layer* layer_;
  FeatureId from_;
};

}  // namespace obnova::geo
