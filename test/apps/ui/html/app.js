const place = document.getElementById('health')

fetch('/api/v1/health')
  .then((answer) => answer.json())
  .then(({ status, build, revision }) => {
    place.textContent = `API ${status}, build ${build}, schema ${revision}`
  })
  .catch((error) => {
    place.textContent = `the API does not answer: ${error.message}`
  })
