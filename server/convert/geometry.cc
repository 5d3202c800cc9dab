#include "server/convert/geometry.h"
