package duck

import "math"

// Trigonometry in degrees, whose results are exact at the angles that people know (float.c): each function is scaled so that it is
// exact at 30, 45 or 60 degrees.
var (
	sin30       = cSin(30 * radiansPerDegree)
	oneMinCos60 = 1 - cCos(60*radiansPerDegree)
	asinHalf    = cAsin(0.5)
	acosHalf    = cAcos(0.5)
	atanOne     = cAtan(1)
	tan45       = sinQuarter(45) / cosQuarter(45)
	cot45       = cosQuarter(45) / sinQuarter(45)
)

// radiansPerDegree is no constant: products of constants are exact, and those of PostgreSQL are rounded.
var radiansPerDegree = 0.0174532925199432957692

func sinTo30(x float64) float64 { return cSin(x*radiansPerDegree) / sin30 / 2 }

func cosTo60(x float64) float64 {
	rest := 1 - cCos(x*radiansPerDegree)
	return 1 - rest/oneMinCos60/2
}

// sinQuarter and cosQuarter are for 0 to 90 degrees.
func sinQuarter(x float64) float64 {
	if x <= 30 {
		return sinTo30(x)
	}
	return cosTo60(90 - x)
}

func cosQuarter(x float64) float64 {
	if x <= 60 {
		return cosTo60(x)
	}
	return sinTo30(90 - x)
}

// asinQuarter and acosQuarter are for 0 to 1.
func asinQuarter(x float64) float64 {
	if x <= 0.5 {
		return cAsin(x) / asinHalf * 30
	}
	return 90 - cAcos(x)/acosHalf*60
}

func acosQuarter(x float64) float64 {
	if x <= 0.5 {
		return 90 - cAsin(x)/asinHalf*30
	}
	return cAcos(x) / acosHalf * 60
}

// angle is an angle brought to a quarter of a circle, and the signs of its sine and cosine.
type angle struct{ x, sin, cos float64 }

func reduce(x float64) angle {
	a := angle{math.Mod(x, 360), 1, 1}
	if a.x < 0 {
		a.x, a.sin = -a.x, -a.sin
	}
	if a.x > 180 {
		a.x, a.sin = 360-a.x, -a.sin
	}
	if a.x > 90 {
		a.x, a.cos = 180-a.x, -a.cos
	}
	return a
}

func degreeFunctions() {
	for name, f := range map[string]func(a angle) float64{
		"sind": func(a angle) float64 { return a.sin * sinQuarter(a.x) },
		"cosd": func(a angle) float64 { return a.cos * cosQuarter(a.x) },
		"tand": func(a angle) float64 { return a.sin * a.cos * (sinQuarter(a.x) / cosQuarter(a.x) / tan45) },
		"cotd": func(a angle) float64 { return a.sin * a.cos * (cosQuarter(a.x) / sinQuarter(a.x) / cot45) },
	} {
		zero := name == "tand" || name == "cotd"
		fn1("meshgate_"+name, func(r *Row, x float64) float64 {
			switch {
			case x != x:
				return x
			case math.IsInf(x, 0):
				r.Fail(errDomain)
				return 0
			}
			v := f(reduce(x))
			if zero && v == 0 {
				return 0 // without a sign
			}
			return v
		})
	}
	inverse := func(name string, f func(x float64) float64) {
		fn1("meshgate_"+name, func(r *Row, x float64) float64 {
			if x < -1 || x > 1 {
				r.Fail(errDomain)
			}
			return f(x)
		})
	}
	inverse("asind", func(x float64) float64 {
		if x < 0 {
			return -asinQuarter(-x)
		}
		return asinQuarter(x)
	})
	inverse("acosd", func(x float64) float64 {
		if x < 0 {
			return 90 + asinQuarter(-x)
		}
		return acosQuarter(x)
	})
	fn1("meshgate_atand", func(_ *Row, x float64) float64 { return cAtan(x) / atanOne * 45 })
	fn2("meshgate_atan2d", func(_ *Row, y, x float64) float64 { return cAtan2(y, x) / atanOne * 45 })
}
