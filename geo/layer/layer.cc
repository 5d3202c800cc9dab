#include "geo/layer/layer.h"
