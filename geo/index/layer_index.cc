#include "geo/index/layer_index.h"
