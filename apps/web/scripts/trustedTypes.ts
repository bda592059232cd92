/**
 * The first inline script of every page: the narrow `default` policy that `require-trusted-types-for 'script'` needs.
 * Scripts come from this origin's own chunks (a worker's with its parameters in the fragment) and the Service Worker's
 * file, the one piece of HTML
 * is React's way of making an inert script element, and no string ever becomes code.
 */
export const trustedTypesPolicy = `(()=>{
const types=globalThis.trustedTypes;
if(!types)return;
const chunk=/^\\/_next\\/static\\/chunks\\/[\\w.~-]+\\.js(?:#params=[^<>\\\\]*)?$/;
types.createPolicy('default',{
createScriptURL(text){
const url=new URL(text,location.origin);
return url.origin===location.origin&&!url.search&&(url.pathname+url.hash==="/play.js"||chunk.test(url.pathname+url.hash))?text:null},
createHTML(text){return text==='<script><\\/script>'?text:null},
createScript(){return null}})})()`.replaceAll('\n', '');
