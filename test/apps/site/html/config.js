// What the image says where no ConfigMap lies over it.
window.__CONFIG__ = { apiUrl: '/api' }
