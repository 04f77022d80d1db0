"""What this program is and is not, and whether it answers."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from quietdrip import __version__


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """GET /about: the statement every user should have read once."""
    return render(request, "quietdrip/about.html", {"version": __version__})


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """GET /healthz: the process answers. It says nothing about any plan."""
    del request
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")
