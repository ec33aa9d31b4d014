"""Special functions for the oracle: SciPy where it is exact to double precision, decimals where a tail is too small."""

import math
from decimal import Decimal, getcontext

from scipy import special

getcontext().prec = 50
PI = Decimal('3.14159265358979323846264338327950288419716939937510582097494459')


def z_of(alpha):
    """Upper normal quantile: P(Z > z) = alpha."""
    return float(-special.ndtri(alpha))


def normal_cdf(x):
    return float(special.ndtr(x))


def beta_i(x, a, b):
    return float(special.betainc(a, b, x))


def binomial_sf(k, n, p):
    """P(Bin(n, p) >= k)."""
    return 1.0 if k <= 0 else 0.0 if k > n else float(special.betainc(k, n - k + 1, p))


def binomial_cdf(k, n, p):
    """P(Bin(n, p) <= k)."""
    return 0.0 if k < 0 else 1.0 if k >= n else float(special.betaincc(k + 1, n - k, p))


def log_gamma_q(a, x):
    """ln Q(a, x) by Legendre's continued fraction in decimals; for the far upper tail."""
    direct = special.gammaincc(a, x)
    if direct > 1e-200:
        return float(math.log(direct))
    a_, x_ = Decimal(repr(a)), Decimal(repr(x))
    tiny = Decimal('1e-45')
    b = x_ + 1 - a_
    c, d = Decimal('1e60'), 1 / b
    h = d
    for i in range(1, 100000):
        an = -i * (i - a_)
        b += 2
        d = 1 / (an * d + b)
        c = b + an / c
        step = c * d
        h *= step
        if abs(step - 1) < tiny:
            break
    return float(-x_ + a_ * x_.ln() + h.ln() - Decimal(repr(math.lgamma(a))))
