#include "geo/network/snap.h"
